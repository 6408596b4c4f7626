/** Real registries that ask for a login behind a gate that has it: the team's clients know their own passwords, and no other. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { require } from './parts/availability.js'
import { Containerd } from './parts/containerd.js'
import { DockerEngine } from './parts/docker-engine.js'
import { loadImage } from './parts/docker-images.js'
import { type DockerRegistry, startDockerRegistry } from './parts/docker-registry.js'
import { type GateFiles, makeGateFiles, user } from './parts/gate-files.js'
import { writeImageArchive } from './parts/image-archive.js'
import { Machine, registryName } from './parts/machine.js'
import { startPortcullis } from './parts/portcullis.js'

const always = ['root', 'unshare', 'ip', 'openssl', 'htpasswd', 'curl', 'docker-registry', 'portcullis'] as const
const dockerHere = require('dockerd', 'docker')

/** The account behind the gate. */
const robot = { name: 'robot', password: 'the password behind' } as const

let machine: Machine
let files: GateFiles
let archive: string
let passwordFile: string

describe.runIf(require(...always, 'skopeo'))('a gate with a login of its own', () => {
  beforeAll(async () => {
    machine = await Machine.start()
    files = await makeGateFiles(machine)
    archive = await writeImageArchive(machine.folder, 'image', { name: 'sample/app:1', seed: 'backend-login' })
    passwordFile = join(machine.folder, 'robot-password')
    writeFileSync(passwordFile, `${robot.password}\n`, { mode: 0o600 })
    await machine.succeed(['htpasswd', '-Bbc', robots(), robot.name, robot.password])
  })
  afterAll(() => machine?.stop())

  describe('before a registry with an htpasswd file', () => {
    let registry: DockerRegistry
    let gate: string
    beforeAll(async () => {
      registry = await startDockerRegistry(machine, 'basic-registry', basicAuth())
      gate = await startGate('basic', [`backend: ${url(registry)}`, ownLogin()])
    })

    it('which takes the password of the gate, and not that of the team', async () => {
      const status = async (who: string) => {
        const quiet = ['curl', '-s', '-o', join(machine.folder, 'void'), '-w', '%{http_code}'] as const
        return (await machine.run([...quiet, '-u', who, `${url(registry)}/v2/`])).stdout
      }
      expect(await status(`${robot.name}:${robot.password}`)).toBe('200')
      expect(await status(`${user.name}:${user.password}`)).toBe('401')
    })

    it('serves skopeo: login, push, pull, list, delete', () => skopeoRoundTrip(gate))

    it.runIf(dockerHere)('serves docker: login, push, pull', async () => {
      await dockerRoundTrip(gate, 'basic-docker')
    })

    it('refuses a wrong password of the team as such', async () => {
      expect(await skopeoFails(gate, 'wrong')).toMatch(/invalid username\/password|unauthorized/)
    })

    it('asks nobody for another password where its own is refused', async () => {
      writeFileSync(passwordFile, 'changed meanwhile\n')
      const broken = await startGate('basic-broken', [`backend: ${url(registry)}`, ownLogin()])
      writeFileSync(passwordFile, `${robot.password}\n`)
      const output = await skopeoFails(broken, user.password)
      expect(output).toMatch(/502/)
      expect(output).not.toMatch(/invalid username\/password/)
    })
  })

  describe('before a registry that has its tokens from a token service', () => {
    let gate: string
    beforeAll(async () => {
      // The token service is another gate, which knows the robot and lets clients of this registry come to it.
      const data = machine.makeFolder('issuer-data')
      const behind = await startDockerRegistry(machine, 'issuer-registry')
      const issuer = await startGate('issuer', [`backend: ${url(behind)}`, 'token: {}'], {
        htpasswd: robots(),
        data,
      })
      const registry = await startDockerRegistry(
        machine,
        'token-registry',
        `auth:
  token:
    realm: https://${issuer}/auth/token
    service: portcullis
    issuer: portcullis
    rootcertbundle: ${join(data, 'portcullis/token-keys/certificates.pem')}`,
      )
      gate = await startGate('before-tokens', [`backend: ${url(registry)}`, ownLogin()])
    })

    it('serves skopeo: login, push, pull, list, delete', () => skopeoRoundTrip(gate))

    it.runIf(dockerHere)('serves docker: login, push, pull', async () => {
      await dockerRoundTrip(gate, 'token-docker')
    })
  })

  describe('before another gate', () => {
    let gate: string
    beforeAll(async () => {
      const behind = await startDockerRegistry(machine, 'inner-registry')
      const inner = await startGate('inner', [`backend: ${url(behind)}`, 'token: {}'], { htpasswd: robots() })
      gate = await startGate('outer', [`backend: https://${inner}`, ownLogin(), 'token: {}'])
    })

    it('serves skopeo: login, push, pull, list, delete', () => skopeoRoundTrip(gate))
  })

  describe('before a pull-through registry with an htpasswd file', () => {
    let gate: string
    beforeAll(async () => {
      const remote = await startDockerRegistry(machine, 'remote')
      for (const name of ['library/app', 'library/other'])
        await machine.succeed(
          [
            'skopeo',
            'copy',
            '--dest-tls-verify=false',
            `docker-archive:${archive}`,
            `docker://${host(remote)}/${name}:1`,
          ],
          { env: skopeoHome() },
        )
      const mirror = await startDockerRegistry(
        machine,
        'mirror',
        `proxy: { remoteurl: "${url(remote)}" }\n${basicAuth()}`,
      )
      gate = await startGate('mirror-gate', [
        `backend: ${url(mirror)}`,
        ownLogin(),
        'access:',
        '  - { who: anonymous, repositories: "**", may: [pull] }',
      ])
    })

    it('gives everybody what only the remote has', async () => {
      const target = `dir:${machine.makeFolder('pulled-through')}`
      await machine.succeed(['skopeo', 'copy', `docker://${gate}/library/app:1`, target], { env: skopeoHome() })
    })

    it.runIf(dockerHere)('is a mirror for dockerd, which asks it without a login', async () => {
      const engine = await DockerEngine.start(machine, 'mirrored', ['--registry-mirror', `https://${gate}`])
      await engine.trust(gate, readFileSync(files.cert, 'utf8'))
      expect(await engine.succeed(['pull', 'app:1'])).toContain('Downloaded newer image for app:1')
      expect(await engine.succeed(['image', 'inspect', '--format', '{{.Architecture}}', 'app:1'])).toBe('amd64\n')
    })

    it.runIf(require('containerd'))('is a mirror for containerd, which says whose images it asks for', async () => {
      const containerd = await Containerd.start(machine)
      const hosts = machine.makeFolder('hosts')
      await machine.write(
        `${hosts}/docker.io/hosts.toml`,
        `server = "https://docker.io"\n[host."https://${gate}"]\n  capabilities = ["pull", "resolve"]\n  ca = "${files.cert}"\n`,
      )
      const pulled = await containerd.run(['images', 'pull', '--hosts-dir', hosts, 'docker.io/library/other:1'])
      expect(pulled.output).toContain('docker.io/library/other:1')
      expect(pulled.code).toBe(0)
      expect(readFileSync(join(machine.folder, 'mirror.log'), 'utf8')).toContain('ns=docker.io')
    })
  })
})

const robots = () => join(machine.folder, 'robots')
const host = ({ host, port }: DockerRegistry) => `${host}:${port}`
const url = (registry: DockerRegistry) => `http://${host(registry)}`
const basicAuth = () => `auth: { htpasswd: { realm: behind, path: ${robots()} } }`
const ownLogin = () => `backend_login: { username: ${robot.name}, password_file: ${passwordFile} }`

/** @returns HOST:PORT, which docker, skopeo and containerd trust */
async function startGate(
  name: string,
  yaml: readonly string[],
  { htpasswd = files.htpasswd, data = machine.makeFolder(`${name}-data`) } = {},
): Promise<string> {
  const config = join(machine.folder, `${name}.yaml`)
  writeFileSync(config, `${yaml.join('\n')}\n`)
  const given = ['--config', config, '--listen', '0.0.0.0:0', '--workers', '2', '--data', data]
  const flags = [...given, '--htpasswd', htpasswd, '--cert', files.cert, '--key', files.key, '--host', registryName]
  const { port } = await startPortcullis(machine, name, flags, { NODE_EXTRA_CA_CERTS: files.cert })
  const address = `${registryName}:${port}`
  await machine.write(`/etc/docker/certs.d/${address}/ca.crt`, readFileSync(files.cert, 'utf8'))
  return address
}

const skopeoHome = () => ({ REGISTRY_AUTH_FILE: join(machine.folder, 'skopeo-auth.json'), HOME: machine.folder })

async function skopeoRoundTrip(gate: string): Promise<void> {
  const skopeo = (...args: readonly string[]) =>
    machine.succeed(['skopeo', '--tmpdir', machine.folder, ...args], { env: skopeoHome() })
  await machine.succeed(['skopeo', 'login', '--username', user.name, '--password-stdin', gate], {
    env: skopeoHome(),
    input: user.password,
  })
  const image = `docker://${gate}/team/skopeo`
  await skopeo('copy', `docker-archive:${archive}`, `${image}:1`)
  // Blobs are mounted from one repository to the other.
  await skopeo('copy', `${image}:1`, `${image}-copy:1`)
  expect(await skopeo('inspect', `${image}-copy:1`)).toContain('"Architecture": "amd64"')
  expect(await skopeo('list-tags', image)).toContain('"1"')
  await skopeo('copy', `${image}:1`, `dir:${machine.makeFolder(`pulled-${gate.replace(/\W/g, '-')}`)}`)
  await skopeo('delete', `${image}-copy:1`)
  expect(readFileSync(skopeoHome().REGISTRY_AUTH_FILE, 'utf8')).not.toContain(
    Buffer.from(`${robot.name}:${robot.password}`).toString('base64'),
  )
}

async function skopeoFails(gate: string, password: string): Promise<string> {
  const login = ['skopeo', 'login', '--username', user.name, '--password-stdin', gate] as const
  const { code, output } = await machine.run([...login], { env: skopeoHome(), input: password })
  expect(code).not.toBe(0)
  return output
}

async function dockerRoundTrip(gate: string, name: string): Promise<void> {
  const engine = await DockerEngine.start(machine, name)
  await loadImage(machine, engine, { name: 'sample/app:1', seed: 'backend-login' })
  const login = ['login', '--username', user.name, '--password-stdin', gate]
  expect(await engine.succeed(login, { input: user.password })).toContain('Login Succeeded')
  const target = `${gate}/team/docker:1`
  await engine.succeed(['tag', 'sample/app:1', target])
  expect(await engine.succeed(['push', target])).toMatch(/1: digest: sha256:/)
  await engine.succeed(['image', 'rm', target, 'sample/app:1'])
  expect(await engine.succeed(['pull', target])).toContain('Downloaded newer image')
}
