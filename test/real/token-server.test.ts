/** The gate as the token server of another registry, which clients reach without the gate: one list of users for both. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { statePaths } from '../../src/token/state-folder.js'
import { require } from './parts/availability.js'
import { makeGateFiles, user } from './parts/gate-files.js'
import { writeImageArchive } from './parts/image-archive.js'
import { Machine } from './parts/machine.js'
import { startPortcullis } from './parts/portcullis.js'

const here = require('root', 'unshare', 'ip', 'openssl', 'htpasswd', 'curl', 'docker-registry', 'skopeo', 'portcullis')

describe.runIf(here)('a registry whose token server is the gate', () => {
  let machine: Machine
  let folder: string
  let registry: string
  let archive: string
  let data: string
  let gateFlags: readonly string[]

  /** The registry reads the certificates when it starts. */
  async function startRegistry(gatePort: number): Promise<void> {
    const port = machine.freePort()
    registry = `127.0.0.1:${port}`
    const config = join(machine.folder, `registry-${port}.yml`)
    writeFileSync(
      config,
      `version: 0.1
log: { level: warn }
storage: { filesystem: { rootdirectory: ${machine.makeFolder('storage')} } }
http: { addr: "${registry}", secret: x }
auth:
  token:
    realm: https://127.0.0.1:${gatePort}/auth/token
    service: portcullis
    issuer: portcullis
    rootcertbundle: ${statePaths(data).certificates}
`,
    )
    const daemon = machine.start(`registry-${port}`, ['docker-registry', 'serve', config])
    const answers = ['curl', '-s', '-o', '/dev/null', '-w', '%{http_code}', `http://${registry}/v2/`] as const
    await daemon.until(async () => (await machine.run(answers)).stdout === '401')
  }

  const skopeo = (...args: readonly string[]) =>
    machine.run(['skopeo', '--insecure-policy', ...args], { env: { REGISTRY_AUTH_FILE: join(folder, 'auth.json') } })
  const login = (password: string) => skopeo('login', '--tls-verify=false', '-u', user.name, '-p', password, registry)
  const push = (name: string) =>
    skopeo('copy', '--dest-tls-verify=false', `docker-archive:${archive}`, `docker://${registry}/${name}`)
  const pull = (name: string) => skopeo('inspect', '--tls-verify=false', `docker://${registry}/${name}`)

  beforeAll(async () => {
    machine = await Machine.start()
    folder = machine.makeFolder('skopeo')
    data = machine.makeFolder('data')
    archive = await writeImageArchive(folder, 'image', { name: 'sample/app:1', seed: 'token server' })
    const { cert, key, htpasswd } = await makeGateFiles(machine)
    const settings = join(machine.folder, 'portcullis.yaml')
    writeFileSync(
      settings,
      `token: {}
access:
  - { who: anonymous, repositories: "base/**", may: [pull] }
  - { who: ${user.name}, repositories: "team/**", may: [pull, push, overwrite] }
  - { who: ${user.name}, repositories: "base/**", may: [pull, push, overwrite] }
`,
    )
    const files = ['--cert', cert, '--key', key, '--htpasswd', htpasswd, '--data', data]
    gateFlags = ['--config', settings, '--listen', '127.0.0.1:0', '--backend', 'embedded', '--workers', '2', ...files]
    const gate = await startPortcullis(machine, 'gate', gateFlags)
    await startRegistry(gate.port)
  })
  afterAll(() => machine?.stop())

  it('sends away whoever has the wrong password', async () => {
    const refused = await login('wrong')
    expect([refused.code, refused.output]).toEqual([1, expect.stringContaining('invalid username/password')])
  })

  it('takes a push of a user where the rules of the gate allow it, and no other', async () => {
    expect(await login(user.password)).toMatchObject({ code: 0 })
    expect(await push('team/app:1')).toMatchObject({ code: 0 })
    expect(await push('base/app:1')).toMatchObject({ code: 0 })
    const denied = await push('other/app:1')
    expect([denied.code, denied.output]).toEqual([1, expect.stringContaining('denied')])
    expect(await pull('team/app:1')).toMatchObject({ code: 0 })
  })

  it('lets everybody pull what is open, and nothing else', async () => {
    expect(await skopeo('logout', registry)).toMatchObject({ code: 0 })
    expect(await pull('base/app:1')).toMatchObject({ code: 0 })
    expect((await pull('team/app:1')).code).toBe(1)
    expect((await push('base/app:2')).code).toBe(1)
  })
})
