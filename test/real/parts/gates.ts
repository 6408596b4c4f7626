/** The gates that every client is tried against: the same user, certificate and registry, different machinery. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startDockerRegistry } from './docker-registry.js'
import { type GateFiles, user } from './gate-files.js'
import { type Machine, registryName } from './machine.js'
import { copyCompatConf, startNginx, testConfiguration } from './nginx.js'
import { startPortcullis } from './portcullis.js'
import type { Daemon } from './program.js'

/**
 * nginx: the real one with nginx-compat.conf. embedded: Portcullis with its own registry. backend: Portcullis before
 * docker-registry, by flags. nginx-conf: the same, reading nginx-compat.conf. token: as backend, with tokens instead of Basic.
 * anonymous: tokens again, and rules by which everybody may pull base/**.
 */
export const gateNames = ['nginx', 'embedded', 'backend', 'nginx-conf', 'token', 'anonymous'] as const
export type GateName = (typeof gateNames)[number]

export interface Gate {
  readonly name: GateName
  readonly port: number
  /** HOST:PORT by the name whose address Docker verifies. */
  readonly named: string
  /** localhost:PORT */
  readonly localhost: string
  /** 127.0.0.1:PORT */
  readonly loopback: string
  readonly files: GateFiles
  readonly user: typeof user
  /** What its challenges ask for. */
  readonly mode: 'basic' | 'token'
  /** Whether everybody may pull base/** without a login. Everything else needs one. */
  readonly anonymous: boolean
  /** How many blobs the registry behind has so far mounted into a repository, by its own log. */
  mounted(repository: string): number
}

/** Starts the gate with an empty registry of its own; it ends with the machine. */
export async function startGate(machine: Machine, name: GateName, files: GateFiles): Promise<Gate> {
  const { port, mounts } = await starters[name](machine, files)
  return {
    name,
    port,
    named: `${registryName}:${port}`,
    localhost: `localhost:${port}`,
    loopback: `127.0.0.1:${port}`,
    files,
    user,
    mode: name === 'token' || name === 'anonymous' ? 'token' : 'basic',
    anonymous: name === 'anonymous',
    mounted: repository => mounts().filter(mounted => mounted === repository).length,
  }
}

interface Started {
  readonly port: number
  /** The repository of every blob that was mounted. */
  mounts(): readonly string[]
}

const starters: Record<GateName, (machine: Machine, files: GateFiles) => Promise<Started>> = {
  async nginx(machine, files) {
    const backend = await startDockerRegistry(machine, 'nginx-registry')
    const listenPort = machine.freePort()
    const conf = copyCompatConf(machine, 'nginx', { files, listenPort, backend })
    await testConfiguration(machine, conf)
    await startNginx(machine, 'nginx', conf, listenPort)
    return { port: listenPort, mounts: mountsOf(backend.daemon) }
  },
  async embedded(machine, files) {
    const flags = ['--backend', 'embedded', ...usualFlags(machine, 'embedded', files)]
    const { port, daemon } = await startPortcullis(machine, 'embedded', flags)
    return { port, mounts: mountsOf(daemon) }
  },
  backend: (machine, files) => beforeDockerRegistry(machine, 'backend', files, null),
  token: (machine, files) => beforeDockerRegistry(machine, 'token', files, 'token: {}\n'),
  anonymous: (machine, files) => beforeDockerRegistry(machine, 'anonymous', files, rules),
  async 'nginx-conf'(machine, files) {
    const backend = await startDockerRegistry(machine, 'nginx-conf-registry')
    const listenPort = machine.freePort()
    const conf = copyCompatConf(machine, 'nginx-conf', { files, listenPort, backend })
    const data = machine.makeFolder('nginx-conf-data')
    const flags = ['--nginx-conf', conf, '--data', data, '--workers', '2']
    return { port: (await startPortcullis(machine, 'nginx-conf', flags)).port, mounts: mountsOf(backend.daemon) }
  },
}

const rules = `access:
  - { who: anonymous, repositories: "base/**", may: [pull] }
  - { who: ${user.name}, repositories: "**", may: [pull, push, overwrite, delete] }
`

/** @param yaml what flags cannot say; null for nothing */
async function beforeDockerRegistry(
  machine: Machine,
  name: GateName,
  files: GateFiles,
  yaml: string | null,
): Promise<Started> {
  const registry = await startDockerRegistry(machine, `${name}-registry`)
  const flags = ['--backend', `http://${registry.host}:${registry.port}`, ...usualFlags(machine, name, files)]
  if (yaml !== null) {
    const config = join(machine.folder, `${name}.yaml`)
    writeFileSync(config, yaml)
    flags.push('--config', config)
  }
  return { port: (await startPortcullis(machine, name, flags)).port, mounts: mountsOf(registry.daemon) }
}

function usualFlags(machine: Machine, name: string, { htpasswd, cert, key }: GateFiles): readonly string[] {
  const where = ['--listen', '0.0.0.0:0', '--host', registryName, '--data', machine.makeFolder(`${name}-data`)]
  return [...where, '--htpasswd', htpasswd, '--cert', cert, '--key', key, '--workers', '2']
}

/**
 * The repository of every blob that a registry (docker-registry, or Portcullis with its own) has mounted so far, by its log. A POST to
 * .../blobs/uploads/ that is answered 201 instead of 202 has mounted (distribution-spec 1.1, "Mounting a blob"; no client here
 * sends whole blobs that way). docker-registry logs it in the common format, Portcullis as JSON.
 */
export function mountsOf(registry: Daemon): () => readonly string[] {
  const lines = [
    /"POST \/v2\/(\S+)\/blobs\/uploads\/\S* HTTP\/1\.[01]" 201 /g,
    /"method":"POST","path":"\/v2\/([^"]+)\/blobs\/uploads\/","status":201,/g,
  ]
  return () => lines.flatMap(line => [...registry.log().matchAll(line)].map(([, repository = '']) => repository))
}
