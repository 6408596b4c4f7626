/** `portcullis certs trust --install` and `--remove`: runs the printed commands on this machine. */
import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { type Installation, installTrust, type Outcome, removeTrust } from '../certificates/install-trust.js'
import { findSystemStore, updateStore } from '../certificates/system-store.js'
import type { TrustInput } from '../certificates/trust.js'
import { certificatePath, type FolderClient, registryFolders, storePath } from '../certificates/trust-places.js'
import { type Problem, ProblemsFound } from '../errors/problem.js'
import { printWarnings, type Terminal, table } from './output.js'

const containerdConfig = '/etc/containerd/config.toml'

/** The clients that `--install` supports. */
export const installable = ['docker', 'podman', 'containerd', 'system'] as const

export interface Change {
  readonly verb: 'install' | 'remove'
  /** One of `installable`. */
  readonly client: string
  readonly input: TrustInput
  /** The certificate to trust. */
  readonly pem: string
  readonly terminal: Terminal
}

/** @throws ProblemsFound if a foreign file is in the way, and for system errors */
export async function changeTrust({ verb, client, input, pem, terminal }: Change): Promise<void> {
  const { file, registries } = input
  if (client === 'system') {
    const store = findSystemStore(process.platform)
    const place = {
      pem,
      file,
      paths: [storePath(store, registries[0])],
      ownFolders: false,
      followUp: store.update.join(' '),
    }
    const outcomes = await change(verb, place)
    terminal.out(text(outcomes))
    if (outcomes.every(({ done }) => done === 'not there')) return
    await updateStore(store).catch(async error => {
      // If the bundle was not updated, the next system update would add the file unexpectedly, so it is removed.
      if (outcomes.some(({ done }) => done === 'installed')) await removeTrust(place)
      throw error
    })
    terminal.out(`updated with ${store.update.join(' ')}; running programs see it after a restart\n`)
    return
  }
  const known = Object.keys(registryFolders).find((name): name is FolderClient => name === client)
  if (known === undefined) throw new Error(`no folder is known for ${client}`)
  const folder = registryFolders[known]
  const paths = registries.map(registry => certificatePath(folder, registry))
  if (verb === 'install' && known === 'containerd') refuseHostsFiles(folder, input)
  terminal.out(text(await change(verb, { pem, file, paths, ownFolders: true, followUp: null })))
  if (verb === 'install') printWarnings(terminal, visibilityWarnings(known, input))
}

function change(verb: Change['verb'], installation: Installation): Promise<readonly Outcome[]> {
  return verb === 'install' ? installTrust(installation) : removeTrust(installation)
}

function text(outcomes: readonly Outcome[]): string {
  return table(outcomes.map(({ path, done }) => [done, path]))
}

/** containerd reads certificates only from the first folder of a host, and only if that folder has no hosts.toml. */
function refuseHostsFiles(folder: string, { registries }: TrustInput): void {
  const problems = registries.flatMap(({ name }): Problem[] => {
    const ca = `ca = "${folder}/${name}/ca.crt"`
    const first = join(folder, name.replace(/:(\d+)$/, '_$1_'))
    const hosts = join(folder, name, 'hosts.toml')
    if (first !== join(folder, name) && existsSync(first)) {
      return [{ where: first, message: `is read instead of ${join(folder, name)}`, hint: 'put the certificate there' }]
    }
    if (!existsSync(hosts)) return []
    return [
      { where: hosts, message: 'decides for this registry', hint: `add to it: ${ca}, and copy the certificate there` },
    ]
  })
  if (problems.length > 0) throw new ProblemsFound(problems)
}

/** Warnings about configurations in which a client does not see the installed file. */
function visibilityWarnings(client: FolderClient, { registries }: TrustInput): Problem[] {
  if (client === 'podman') {
    const own = join(homedir(), '.config/containers/certs.d')
    return registries
      .map(({ name }) => join(own, name))
      .filter(folder => existsSync(folder))
      .map(where => ({ where, message: 'is read instead, by this user', hint: 'put the certificate there as well' }))
  }
  const config = client === 'containerd' ? readConfig() : null
  return config !== null && !namesFolder(config)
    ? [
        {
          where: containerdConfig,
          message: 'does not name the folder, so Kubernetes does not look there yet (nerdctl does)',
          hint: 'see which lines it needs: portcullis certs trust --client containerd',
        },
      ]
    : []
}

/** Only Kubernetes needs this line. Distribution packages without it disable that part of containerd. */
function namesFolder(config: string): boolean {
  return config.split('\n').some(line => {
    const [key = '', ...value] = line.split('=')
    const named = new Map([
      ['config_path', 'certs.d'],
      ['disabled_plugins', 'cri'],
    ]).get(key.trim())
    return named !== undefined && value.join('=').includes(named)
  })
}

function readConfig(): string | null {
  try {
    return readFileSync(containerdConfig, 'utf8')
  } catch {
    return null
  }
}
