/** A registry that checks access tokens itself (`auth: token`) accepts ours, by the certificates that the gate writes beside its keys. */
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addNextKey, readSigningKeys, removeSigningKey, writeKeyCertificates } from '../../src/token/key-files.js'
import { createKeyRing, type KeyRing } from '../../src/token/key-ring.js'
import type { AccessClaims } from '../../src/token/model.js'
import { parseScopes } from '../../src/token/scope.js'
import { statePaths } from '../../src/token/state-folder.js'
import { require } from './parts/availability.js'
import { Machine } from './parts/machine.js'
import type { Daemon } from './parts/program.js'

const here = require('root', 'unshare', 'ip', 'curl', 'docker-registry')
const configType = 'application/vnd.oci.image.config.v1+json'
const config = '{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}'
const digestOf = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`
const manifest = JSON.stringify({
  schemaVersion: 2,
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  config: { mediaType: configType, digest: digestOf(config), size: config.length },
  layers: [],
})

describe.runIf(here)('a registry with our certificates as its rootcertbundle', () => {
  let machine: Machine
  let data: string
  let registry: Daemon
  let port: number
  const start = Date.now()

  const claims = (scope: string): AccessClaims => ({ user: 'tea', entry: 'fingerprint', access: parseScopes([scope]) })
  async function ring(options: { readonly service?: string; readonly issuer?: string } = {}): Promise<KeyRing> {
    const { records } = await readSigningKeys(data)
    const names = { issuer: 'portcullis', service: 'portcullis', ...options }
    return createKeyRing({ keys: [...records.values()], ...names, lifetimeSeconds: 300, tokenId: randomUUID })
  }
  const tokenFor = async (scope: string, now = Date.now()) => (await (await ring()).issue(claims(scope), now)).token

  /** Writes the bundle anew and starts the registry with it. */
  async function startRegistry(): Promise<void> {
    const { records } = await readSigningKeys(data)
    await writeKeyCertificates(data, [...records.values()])
    port = machine.freePort()
    const file = join(machine.folder, `registry-${port}.yml`)
    writeFileSync(
      file,
      `version: 0.1
log: { level: warn }
storage: { filesystem: { rootdirectory: ${machine.makeFolder('storage')} }, delete: { enabled: true } }
http: { addr: "127.0.0.1:${port}", secret: x }
auth:
  token:
    realm: https://registry.local/auth/token
    service: portcullis
    issuer: portcullis
    rootcertbundle: ${statePaths(data).certificates}
`,
    )
    registry = machine.start(`registry-${port}`, ['docker-registry', 'serve', file])
    await registry.until(async () => (await ask('/v2/', null)).status === 401)
  }

  async function ask(path: string, token: string | null, ...more: readonly string[]) {
    const authorization = token === null ? [] : ['-H', `Authorization: Bearer ${token}`]
    const url = path.startsWith('http') ? path : `http://127.0.0.1:${port}${path}`
    const { stdout } = await machine.run(['curl', '-s', '-i', ...authorization, ...more, url])
    const headers = stdout.split('\r\n\r\n')[0] ?? ''
    return {
      status: Number(/^HTTP\/1\.1 (\d+)/.exec(headers)?.[1] ?? 0),
      location: /^location: (\S+)/im.exec(headers)?.[1] ?? '',
      challenge: /^www-authenticate: (.*)$/im.exec(headers)?.[1]?.trim() ?? '',
      body: stdout.slice(headers.length + 4),
    }
  }

  beforeAll(async () => {
    machine = await Machine.start()
    data = machine.makeFolder('data')
    await addNextKey(data, [], { now: start, signsFrom: start, random: randomBytes })
    await startRegistry()
  })
  afterAll(() => machine?.stop())

  it('takes a push by a token for pull and push', async () => {
    const token = await tokenFor('repository:team/app:pull,push')
    const upload = await ask('/v2/team/app/blobs/uploads/', token, '-X', 'POST', '-d', '')
    expect(upload.status).toBe(202)
    const blob = ['-X', 'PUT', '-H', 'Content-Type: application/octet-stream', '--data-binary', config]
    expect((await ask(`${upload.location}&digest=${digestOf(config)}`, token, ...blob)).status).toBe(201)
    const type = 'Content-Type: application/vnd.oci.image.manifest.v1+json'
    const put = await ask('/v2/team/app/manifests/1.0', token, '-X', 'PUT', '-H', type, '--data-binary', manifest)
    expect(put.status).toBe(201)
  })

  const accept = ['-H', 'Accept: application/vnd.oci.image.manifest.v1+json']
  it.each([
    ['a login', '', '/v2/', 200],
    ['a pull', 'repository:team/app:pull', '/v2/team/app/manifests/1.0', 200],
    ['the catalog', 'registry:catalog:*', '/v2/_catalog', 200],
    ['a pull of another repository', 'repository:team/app:pull', '/v2/other/manifests/1.0', 401],
    ['the catalog with a token for a repository', 'repository:team/app:pull', '/v2/_catalog', 401],
    ['a pull without a grant', '', '/v2/team/app/manifests/1.0', 401],
  ])('%s', async (_, scope, path, status) => {
    const answer = await ask(path, await tokenFor(scope), ...accept)
    expect(answer.status).toBe(status)
    if (status === 401) expect(answer.challenge).toContain('error="insufficient_scope"')
  })

  it('takes an anonymous token', async () => {
    const access = parseScopes(['repository:team/app:pull'])
    const { token } = await (await ring()).issue({ user: null, entry: '', access }, Date.now())
    expect((await ask('/v2/team/app/manifests/1.0', token, ...accept)).status).toBe(200)
  })

  it.each([
    ['a push by a token for pull', () => tokenFor('repository:team/app:pull'), 'insufficient_scope'],
    [
      'a token for another service',
      async () =>
        (await (await ring({ service: 'other' })).issue(claims('repository:team/app:pull,push'), Date.now())).token,
      'invalid_token',
    ],
    [
      'a token of another issuer',
      async () =>
        (await (await ring({ issuer: 'other' })).issue(claims('repository:team/app:pull,push'), Date.now())).token,
      'invalid_token',
    ],
    ['a token that is over', () => tokenFor('repository:team/app:pull,push', Date.now() - 400_000), 'invalid_token'],
  ])('refuses %s', async (_, token, error) => {
    const answer = await ask('/v2/team/app/blobs/uploads/', await token(), '-X', 'POST', '-d', '')
    expect(answer).toMatchObject({ status: 401, challenge: expect.stringContaining(`error="${error}"`) })
  })

  it('accepts the tokens of both keys during a rotation, and no longer those of a key that is gone', async () => {
    const pull = 'repository:team/app:pull'
    const path = '/v2/team/app/manifests/1.0'
    const before = await tokenFor(pull)
    // Within the minute by which this registry lets clocks differ.
    const signsFrom = Date.now() + 30_000
    const next = await addNextKey(data, ['key-1'], { now: start, signsFrom, random: randomBytes })
    const ofTheOld = await tokenFor(pull)
    const ofTheNext = await tokenFor(pull, signsFrom)
    const certificateIn = (token: string): string =>
      JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).x5c[0]
    expect(certificateIn(ofTheOld)).toBe(certificateIn(before))
    expect(next.certificate.replaceAll('\n', '')).toContain(certificateIn(ofTheNext))

    expect((await ask(path, ofTheNext, ...accept)).status).toBe(401)
    await registry.stop()
    await startRegistry()
    for (const token of [before, ofTheOld, ofTheNext]) {
      expect((await ask(path, token, ...accept)).status).toBe(200)
    }

    await removeSigningKey(data, 'key-1')
    await registry.stop()
    await startRegistry()
    expect((await ask(path, ofTheOld, ...accept)).status).toBe(401)
    expect((await ask(path, ofTheNext, ...accept)).status).toBe(200)
  })
})
