/** The Docker Engine with a gate that gives identity tokens: no password is stored, and what is stored can be taken back. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { portcullisMain, require } from './parts/availability.js'
import { DockerEngine } from './parts/docker-engine.js'
import { loadImage } from './parts/docker-images.js'
import { startDockerRegistry } from './parts/docker-registry.js'
import { type GateFiles, makeGateFiles, user } from './parts/gate-files.js'
import { Machine, registryName } from './parts/machine.js'
import { startPortcullis } from './parts/portcullis.js'

const here = require('root', 'unshare', 'ip', 'openssl', 'htpasswd', 'curl', 'docker-registry', 'docker', 'dockerd', 'portcullis')

describe.runIf(here)('docker at a gate with identity tokens', () => {
  let machine: Machine
  let engine: DockerEngine
  let files: GateFiles
  let data: string
  let config: string
  let registry: string

  beforeAll(async () => {
    machine = await Machine.start()
    files = await makeGateFiles(machine)
    data = machine.makeFolder('data')
    config = machine.makeFolder('docker-login')
    const backend = await startDockerRegistry(machine, 'registry')
    const settings = join(machine.folder, 'portcullis.yaml')
    writeFileSync(settings, 'token: { identity: true }\n')
    const { cert, key, htpasswd } = files
    const where = ['--listen', '0.0.0.0:0', '--backend', `http://${backend.host}:${backend.port}`, '--workers', '2']
    const flags = ['--config', settings, ...where, '--cert', cert, '--key', key, '--htpasswd', htpasswd, '--data', data]
    const gate = await startPortcullis(machine, 'gate', flags)
    registry = `${registryName}:${gate.port}`
    engine = await DockerEngine.start(machine)
    await engine.trust(registry, readFileSync(cert, 'utf8'))
    await loadImage(machine, engine, { name: 'sample/app:1', seed: 'identity' })
    await engine.succeed(['tag', 'sample/app:1', `${registry}/team/app:1`])
  })
  afterAll(() => machine?.stop())

  const docker = (...args: readonly string[]) => engine.run(args, { config })
  const login = (password: string) =>
    engine.run(['login', '--username', user.name, '--password-stdin', registry], { config, input: password })
  const portcullis = (...args: readonly string[]) =>
    machine.succeed([process.execPath, portcullisMain, 'tokens', ...args, '--data', data])
  const push = () => docker('push', `${registry}/team/app:1`)
  const pull = () => docker('pull', `${registry}/team/app:1`)
  /** What docker has written of this registry. */
  const stored = () => {
    const text = readFileSync(join(config, 'config.json'), 'utf8')
    const { auth = '', identitytoken = '' } = JSON.parse(text).auths[registry] ?? {}
    return { text, auth: Buffer.from(auth, 'base64').toString(), identitytoken }
  }

  it('keeps a token and no password', async () => {
    expect(await login('wrong')).toMatchObject({ code: 1, output: expect.stringContaining('password is wrong') })
    expect(await login(user.password)).toMatchObject({ code: 0 })
    expect(stored().identitytoken).toMatch(/^[0-9a-f]{16}\.[\w-]{43}$/)
    expect(stored().auth.replace(/\0+$/, '')).toBe(`${user.name}:`)
    expect(stored().text).not.toContain(user.password)
    expect(stored().text).not.toContain(Buffer.from(`${user.name}:${user.password}`).toString('base64'))
    expect(await portcullis('list')).toMatch(
      new RegExp(`^${stored().identitytoken.slice(0, 16)}  ${user.name} +docker `, 'm'),
    )
  })

  it('pushes and pulls with it', async () => {
    expect(await push()).toMatchObject({ code: 0 })
    expect(await pull()).toMatchObject({ code: 0 })
  })

  it('is refused in plain words once it is revoked, until the next login', async () => {
    await portcullis('revoke', stored().identitytoken.slice(0, 16))
    await vi.waitUntil(async () => (await pull()).code !== 0, { timeout: 10_000 })
    expect((await pull()).output).toContain('revoked')
    expect((await push()).code).not.toBe(0)
    expect(await login(user.password)).toMatchObject({ code: 0 })
    expect(await push()).toMatchObject({ code: 0 })
  })

  it('is refused once the password is another one, until a login with that', async () => {
    await machine.succeed(['htpasswd', '-Bb', files.htpasswd, user.name, 'battery staple'])
    await vi.waitUntil(async () => (await pull()).code !== 0, { timeout: 10_000 })
    expect((await login(user.password)).code).toBe(1)
    expect(await login('battery staple')).toMatchObject({ code: 0 })
    expect(await pull()).toMatchObject({ code: 0 })
  })

  it('is taken back by docker logout on this machine alone, and by the gate everywhere', async () => {
    const before = stored().identitytoken
    expect(await docker('logout', registry)).toMatchObject({ code: 0 })
    expect(await portcullis('list')).toContain(before.slice(0, 16))
    expect(await portcullis('revoke', '--user', user.name)).toContain(`revoked ${before.slice(0, 16)}`)
  })
})
