/** `portcullis certs trust`: what it installs, and what it prints, is what the real clients need, and all of it can be undone. */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { portcullisMain, require } from './parts/availability.js'
import { Containerd } from './parts/containerd.js'
import { DockerEngine } from './parts/docker-engine.js'
import { type GateFiles, user } from './parts/gate-files.js'
import { type Gate, startGate } from './parts/gates.js'
import { Machine } from './parts/machine.js'
import type { Finished } from './parts/program.js'

const everyClient = ['dockerd', 'docker', 'podman', 'containerd', 'skopeo', 'curl'] as const
const needed = require('root', 'unshare', 'ip', 'openssl', 'htpasswd', 'portcullis', ...everyClient)

/** A client and what it says to a gate that it trusts, and to one that it does not. */
interface Client {
  readonly client: string
  readonly name: string
  ask(session: Session, gate: Gate): Promise<Finished>
  readonly trusted: RegExp
  readonly path: (gate: Gate) => string
}

interface Session {
  readonly machine: Machine
  readonly docker: DockerEngine
  readonly containerd: Containerd
}

const distrusted = /x509: certificate signed by unknown authority|unable to get local issuer|self-signed certificate/

const clients: readonly Client[] = [
  {
    client: 'docker',
    name: 'docker',
    ask: ({ docker }, gate) =>
      docker.run(['login', '--username', user.name, '--password-stdin', gate.named], { input: user.password }),
    trusted: /Login Succeeded/,
    path: gate => `/etc/docker/certs.d/${gate.named}`,
  },
  {
    client: 'podman',
    name: 'podman',
    ask: ({ machine }, gate) =>
      // podman tries overlay first, and on an overlay it leaves a folder behind with which it refuses to start again.
      machine.run(
        [
          'podman',
          '--root',
          join(machine.folder, 'podman'),
          '--runroot',
          join(machine.folder, 'podman-run'),
          '--storage-driver',
          'vfs',
          'login',
          '--username',
          user.name,
          '--password-stdin',
          gate.named,
        ],
        {
          input: user.password,
          env: {
            REGISTRY_AUTH_FILE: join(machine.folder, 'podman-auth.json'),
            HOME: machine.folder,
            STORAGE_DRIVER: 'vfs',
          },
        },
      ),
    trusted: /Login Succeeded/,
    path: gate => `/etc/containers/certs.d/${gate.named}`,
  },
  {
    client: 'containerd',
    name: 'ctr',
    ask: ({ containerd }, gate) => {
      const who = ['--user', `${user.name}:${user.password}`]
      return containerd.run(['images', 'pull', '--hosts-dir', '/etc/containerd/certs.d', ...who, `${gate.named}/no:1`])
    },
    trusted: /not found/,
    path: gate => `/etc/containerd/certs.d/${gate.named}`,
  },
  {
    client: 'system',
    name: 'curl',
    ask: ({ machine }, gate) =>
      machine.run(['curl', '-sS', '-o', '/dev/null', '-w', '%{http_code}', `https://${gate.named}/v2/`]),
    trusted: /401/,
    path: () => '/usr/local/share/ca-certificates/portcullis-registry.local.crt',
  },
  {
    client: 'system',
    name: 'skopeo',
    ask: ({ machine }, gate) =>
      machine.run(['skopeo', 'list-tags', '--creds', `${user.name}:${user.password}`, `docker://${gate.named}/no`]),
    trusted: /404 \(Not Found\)|name unknown/i,
    path: () => '/usr/local/share/ca-certificates/portcullis-registry.local.crt',
  },
]

describe.runIf(needed).each([
  { kind: 'a certificate that is its own trust', flags: [], trust: 'cert.pem' },
  { kind: 'an authority', flags: ['--ca'], trust: 'ca.pem' },
])('with $kind', ({ flags, trust }) => {
  let session: Session
  let gate: Gate
  const portcullis = (...args: string[]) => session.machine.run([process.execPath, portcullisMain, ...args])
  const trustFlags = () => ['certs', 'trust', '--certs', gate.files.certs, '--host', gate.named]
  const exists = async (path: string) => (await session.machine.run(['test', '-e', path])).code === 0

  beforeAll(async () => {
    const machine = await Machine.start()
    // What stands there on the real machine must not be touched: it lies outside of /etc.
    await machine.succeed(['mkdir', '-p', '/usr/local/share/ca-certificates'])
    await machine.succeed(['mount', '-t', 'tmpfs', 'tmpfs', '/usr/local/share/ca-certificates'])
    session = { machine, docker: await DockerEngine.start(machine), containerd: await Containerd.start(machine) }
    gate = await startGate(machine, 'embedded', await createdFiles(machine, flags))
    await machine.write(join(machine.folder, 'podman-auth.json'), '{}')
  })
  afterAll(() => session?.machine.stop())

  describe.each(clients)('$name', ({ client, ask, trusted, path }) => {
    test('does not trust the gate at first', async () => {
      expect((await ask(session, gate)).output).toMatch(distrusted)
    })

    test('trusts it after --install', async () => {
      const installed = await portcullis(...trustFlags(), '--install', client)
      expect(installed).toMatchObject({ code: 0, stdout: expect.stringContaining(`installed  ${path(gate)}`) })
      expect((await ask(session, gate)).output).toMatch(trusted)
    })

    test('goes on trusting it when it is installed again', async () => {
      const again = await portcullis(...trustFlags(), '--install', client)
      expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining(`there already  ${path(gate)}`) })
      expect((await ask(session, gate)).output).toMatch(trusted)
    })

    test('does not trust it any more after --remove, and nothing is left', async () => {
      const removed = await portcullis(...trustFlags(), '--remove', client)
      expect(removed).toMatchObject({ code: 0, stdout: expect.stringContaining(`removed  ${path(gate)}`) })
      expect((await ask(session, gate)).output).toMatch(distrusted)
      expect(await exists(path(gate))).toBe(false)
    })

    test('trusts it after the printed commands, which --remove undoes', async () => {
      const printed = await portcullis(...trustFlags(), '--client', client)
      const lines = printed.stdout.split('\n').filter(line => line.startsWith('sudo ') && isForDebian(line))
      // Root needs no sudo, and the private machine may have none.
      await session.machine.succeed(['sh', '-ec', `sudo() { "$@"; }\n${lines.join('\n')}`])
      expect((await ask(session, gate)).output).toMatch(trusted)
      expect(await portcullis(...trustFlags(), '--remove', client)).toMatchObject({ code: 0 })
      expect((await ask(session, gate)).output).toMatch(distrusted)
    })

    test('a file of somebody else is neither replaced nor removed', async () => {
      const file = client === 'system' ? path(gate) : `${path(gate)}/ca.crt`
      await session.machine.write(file, 'not ours\n')
      for (const verb of ['--install', '--remove']) {
        const refused = await portcullis(...trustFlags(), verb, client)
        expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining(`error: ${file}: `) })
      }
      expect(await session.machine.succeed(['cat', file])).toBe('not ours\n')
      await session.machine.remove(client === 'system' ? file : path(gate))
    })
  })

  test.each([
    ['hosts.toml', (named: string) => `/etc/containerd/certs.d/${named}/hosts.toml`],
    [
      'a folder that comes first',
      (named: string) => `/etc/containerd/certs.d/${named.replace(/:(.*)/, '_$1_')}/ca.crt`,
    ],
  ])('containerd: %s would hide what is installed, so nothing is', async (_, pathOf) => {
    const path = pathOf(gate.named)
    await session.machine.write(path, '# of somebody else\n')
    const refused = await portcullis(...trustFlags(), '--install', 'containerd')
    expect(refused.code).toBe(1)
    expect(refused.stderr).toMatch(/: (decides for this registry|is read instead of )/)
    expect(await exists(`/etc/containerd/certs.d/${gate.named}/ca.crt`)).toBe(false)
    await session.machine.remove(join(path, '..'))
  })

  test('a machine that has nothing but the page: its commands get the certificate and make docker trust it', async () => {
    const { machine } = session
    const page = await machine.succeed(['curl', '-fsSk', `https://${gate.named}/`])
    const blocks = [...page.matchAll(/<pre><code>(.*?)<\/code><\/pre>/gs)].map(match => unescaped(match[1] ?? ''))
    const [get = '', docker = ''] = blocks
    const there = machine.makeFolder('another-machine')
    const paste = (lines: string) => machine.succeed(['sh', '-ec', `cd '${there}'; sudo() { "$@"; }\n${lines}`])
    const fingerprint = (await paste(get)).trim().replace(/^.*=/, '')
    expect(page.replace('<wbr>', '')).toContain(`<code>${fingerprint}</code>`)
    expect((await portcullis(...trustFlags())).stdout).toContain(`SHA-256   ${fingerprint}\n`)
    await paste(docker)
    const [dockerClient] = clients
    expect((await dockerClient?.ask(session, gate))?.output).toMatch(/Login Succeeded/)
    expect(await portcullis(...trustFlags(), '--remove', 'docker')).toMatchObject({ code: 0 })
  })

  test.runIf(require('chromium'))('a browser shows the page, and has nothing to complain about', async () => {
    const { machine } = session
    const shown = await machine.run([
      'chromium',
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--ignore-certificate-errors',
      '--enable-logging=stderr',
      `--user-data-dir=${machine.makeFolder('chromium')}`,
      '--dump-dom',
      `https://${gate.named}/`,
    ])
    expect(shown.stdout).toContain(`<title>${gate.named}</title>`)
    expect(shown.stdout.match(/<details/g)).toHaveLength(9)
    // What a browser refuses to load or to apply stands there.
    expect(shown.stderr).not.toMatch(/CONSOLE/)
  })

  test('the file that is trusted is the one that is named', async () => {
    expect((await portcullis(...trustFlags())).stdout).toContain(
      `to trust  ${join(gate.files.certs, trust)}, valid until`,
    )
  })
})

/** Of the commands of a system store, those of this system. */
function isForDebian(line: string): boolean {
  return !/\/etc\/pki|\/etc\/ca-certificates|update-ca-trust|security add-trusted-cert/.test(line)
}

function unescaped(html: string): string {
  const quotes = html.replaceAll('&quot;', '"').replaceAll('&#39;', "'")
  return quotes.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
}

/** As `makeGateFiles`, with a certificate that the product made. */
async function createdFiles(machine: Machine, flags: readonly string[]): Promise<GateFiles> {
  const certs = machine.makeFolder('certs')
  const auth = machine.makeFolder('auth')
  const htpasswd = join(auth, 'htpasswd')
  await machine.succeed([process.execPath, portcullisMain, 'certs', 'create', '--out', certs, ...flags])
  await machine.succeed(['htpasswd', '-Bbc', htpasswd, user.name, user.password])
  return { certs, auth, htpasswd, cert: join(certs, 'cert.pem'), key: join(certs, 'key.pem') }
}
