/** What docker, skopeo and containerd print where the registry is read-only or a tag immutable, before each kind of registry. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { portcullisMain, require } from './parts/availability.js'
import { Containerd } from './parts/containerd.js'
import { DockerEngine } from './parts/docker-engine.js'
import { loadImage } from './parts/docker-images.js'
import { startDockerRegistry } from './parts/docker-registry.js'
import { type GateFiles, makeGateFiles, user } from './parts/gate-files.js'
import { writeImageArchive } from './parts/image-archive.js'
import { Machine, registryName } from './parts/machine.js'
import { copyCompatConf } from './parts/nginx.js'
import { startPortcullis } from './parts/portcullis.js'
import type { Daemon } from './parts/program.js'

const needed = [
  'root',
  'unshare',
  'ip',
  'openssl',
  'htpasswd',
  'docker',
  'dockerd',
  'docker-registry',
  'skopeo',
  'containerd',
] as const

describe.runIf(require(...needed, 'portcullis'))('what clients print', () => {
  let machine: Machine
  let files: GateFiles
  let engine: DockerEngine
  let containerd: Containerd
  let hosts: string
  let archive: string
  beforeAll(async () => {
    machine = await Machine.start()
    files = await makeGateFiles(machine)
    engine = await DockerEngine.start(machine)
    for (const tag of ['1', '2', '3']) await loadImage(machine, engine, { name: `sample/app:${tag}`, seed: tag })
    containerd = await Containerd.start(machine)
    hosts = machine.makeFolder('hosts')
    archive = await writeImageArchive(machine.folder, 'image', { name: 'sample/app:4', seed: '4' })
    await containerd.run(['images', 'import', archive])
  })
  afterAll(() => machine?.stop())

  /** The flags of each gate, with patterns for immutable tags in its portcullis.yaml. */
  const flagsOf: Readonly<Record<string, (name: string) => Promise<readonly string[]>>> = {
    'a registry elsewhere': async name => {
      const { host, port } = await startDockerRegistry(machine, name)
      return ['--listen', '0.0.0.0:0', '--backend', `http://${host}:${port}`, ...pair()]
    },
    'the embedded registry': async () => ['--listen', '0.0.0.0:0', '--backend', 'embedded', ...pair()],
    'a registry elsewhere, by an nginx.conf': async name => {
      const backend = await startDockerRegistry(machine, name)
      return ['--nginx-conf', copyCompatConf(machine, name, { files, listenPort: machine.freePort(), backend })]
    },
  }
  const pair = () => ['--htpasswd', files.htpasswd, '--cert', files.cert, '--key', files.key]

  describe.each(Object.keys(flagsOf))('before %s', where => {
    let data: string
    let local: string
    let named: string
    let gate: Daemon
    beforeAll(async () => {
      const name = where.replaceAll(/\W+/g, '-')
      data = machine.makeFolder(`${name}-data`)
      const config = join(data, 'portcullis.yaml')
      writeFileSync(config, 'immutable: ["v*"]\n')
      const flags = (await flagsOf[where]?.(name)) ?? []
      const { port, daemon } = await startPortcullis(machine, name, [
        ...flags,
        '--config',
        config,
        '--data',
        data,
        '--workers',
        '2',
      ])
      gate = daemon
      local = `localhost:${port}`
      named = `${registryName}:${port}`
      await machine.write(`${hosts}/${named}/ca.crt`, readFileSync(files.cert, 'utf8'))
      await engine.succeed(['login', '--username', user.name, '--password-stdin', local], { input: user.password })
      for (const tag of ['v1', 'latest']) await push('1', tag)
    })

    const docker = (...args: readonly string[]) => engine.run(args, { timeout: 120_000 })
    const skopeo = (...args: readonly string[]) =>
      machine.run(['skopeo', '--tmpdir', machine.folder, ...args], { env: { HOME: machine.folder }, timeout: 120_000 })
    const ctrPush = (image: string) =>
      containerd.run([
        'images',
        'push',
        '--hosts-dir',
        hosts,
        ...ctrUser,
        `${named}/${image}`,
        'docker.io/sample/app:4',
      ])
    const readonly = (...args: readonly string[]) =>
      machine.succeed([process.execPath, portcullisMain, 'readonly', ...args, '--data', data])
    const login = ['--dest-creds', `${user.name}:${user.password}`, '--dest-tls-verify=false'] as const
    const from = (archive: string) => `docker-archive:${archive}`
    const ctrUser = ['--user', `${user.name}:${user.password}`] as const
    const asUser = ['--creds', `${user.name}:${user.password}`, '--tls-verify=false'] as const

    async function push(image: string, tag: string) {
      await engine.succeed(['tag', `sample/app:${image}`, `${local}/team/app:${tag}`])
      return docker('push', `${local}/team/app:${tag}`)
    }
    /** The line in which a program says why it failed. */
    const lastLine = ({ code, output }: { readonly code: number; readonly output: string }) => {
      expect(code, output).not.toBe(0)
      const line = output.trim().split('\n').at(-1) ?? ''
      return line
        .replace(/^time="[^"]*" /, '')
        .replaceAll(local, 'GATE')
        .replaceAll(named, 'GATE')
        .replaceAll(`${data}/`, '')
        .replaceAll(/sha256:[0-9a-f]{64}/g, 'DIGEST')
    }

    it('a tag that is immutable', async () => {
      expect(lastLine(await push('2', 'v1'))).toBe('denied: tag v1 of team/app is immutable: "v*" in portcullis.yaml:1')
      expect(lastLine(await skopeo('copy', ...login, from(archive), `docker://${named}/team/app:v1`))).toBe(
        'level=fatal msg="writing manifest: uploading manifest v1 to GATE/team/app: denied: tag v1 of team/app is immutable: \\"v*\\" in portcullis.yaml:1"',
      )
      expect(lastLine(await skopeo('delete', ...asUser, `docker://${named}/team/app:v1`))).toMatch(
        /^level=fatal msg="Failed to delete \S+\/manifests\/DIGEST: .*tag v1 of team\/app is immutable: .* \(403 tag v1 of team\/app is immutable: .*\)"$/,
      )
      expect(lastLine(await ctrPush('team/app:v1'))).toBe(
        'ctr: failed commit on ref "manifest-4@DIGEST": unexpected status: 403 tag v1 of team/app is immutable: "v*" in portcullis.yaml:1',
      )
      // The same again, another tag, and another image under another tag.
      for (const [image, tag] of [
        ['1', 'v1'],
        ['2', 'v2'],
        ['2', 'latest'],
      ] as const)
        expect(await push(image, tag)).toMatchObject({ code: 0 })
    })

    it('a registry that is read-only', async () => {
      await readonly('on', '--reason', 'garbage collection until 10:30')
      const why =
        'received unexpected HTTP status: 503 the registry is read-only at the moment: garbage collection until 10:30'
      // Nothing of it is new, so that docker comes to the manifest at once.
      await until(async () => (await push('1', 'latest')).code !== 0)
      expect(lastLine(await push('1', 'latest'))).toBe(why)
      expect(lastLine(await skopeo('copy', ...login, from(archive), `docker://${named}/other/app:1`))).toBe(
        `level=fatal msg="writing blob: initiating layer upload to /v2/other/app/blobs/uploads/ in GATE: ${why}"`,
      )
      expect(lastLine(await skopeo('delete', ...asUser, `docker://${named}/team/app:latest`))).toMatch(
        /^level=fatal msg="Failed to delete .*"code\\":\\"UNAVAILABLE.* \(503 the registry is read-only at the moment: garbage collection until 10:30\)"$/,
      )
      expect(lastLine(await ctrPush('other/app:1'))).toBe(why.replace('received unexpected HTTP', 'ctr: unexpected'))
      expect(await docker('pull', `${local}/team/app:v2`)).toMatchObject({ code: 0 })
      expect(
        await engine.run(['login', '--username', user.name, '--password-stdin', local], { input: user.password }),
      ).toMatchObject({ code: 0, stdout: expect.stringContaining('Login Succeeded') })
    })

    it('a push with new layers waits, and goes on by itself when the registry is writable again', async () => {
      const under = push('3', 'new')
      await gate.until(() => /"status":503.*"action":"start-upload","repository":"team\/app"/.test(gate.log()))
      // docker asks again after 5 seconds, and then after 10.
      await readonly('off')
      const { code, output } = await under
      expect(code, output).toBe(0)
      expect(output).toMatch(/: Retrying in 5 seconds$/m)
      expect(output).toMatch(/^new: digest: sha256:/m)
    })
  })

  async function until(look: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + 20_000
    while (!(await look())) if (Date.now() > deadline) throw new Error('it does not come about within 20 s')
  }
})
