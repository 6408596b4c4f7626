/** What a client says in its headers, and what the backend hears: who is asking, from where, and for how long. */
import { describe, expect, it } from 'vitest'
import { authorization, basic, user } from './parts/gate.js'
import { gateBeforeBackend } from './parts/gate-before-backend.js'
import { exchange, request } from './parts/raw-client.js'

const stage = gateBeforeBackend()

/** Sends GET /v2/ with these header lines; the status, and the request as the backend got it. */
async function ask(lines: readonly string[], { host = 'Host: registry.local:5000', credentials = true } = {}) {
  const own = [...(host === '' ? [] : [host]), ...(credentials ? [`Authorization: ${authorization}`] : [])]
  const [answer] = await exchange(stage.gate.port, request(['GET /v2/ HTTP/1.1', ...own, ...lines]))
  return { status: answer?.status, seen: stage.backend.requests.at(-1) }
}

describe('what the gate sets', () => {
  const set: readonly (readonly [string, string])[] = [
    ['authorization', basic(user.name, '')],
    ['x-forwarded-for', '127.0.0.1'],
    ['x-forwarded-proto', 'https'],
    ['x-real-ip', '127.0.0.1'],
    ['host', 'registry.local:5000'],
  ]

  it('reaches the backend, once each, without the password', async () => {
    const { status, seen } = await ask([])
    expect(status).toBe(200)
    for (const [name, value] of set) expect(seen?.header(name), name).toBe(value)
  })

  const named = [
    'Authorization',
    'authorization, x-forwarded-for, x-forwarded-proto, x-real-ip, host',
    'X-Forwarded-For',
    'X-Forwarded-Proto',
    'X-Forwarded-Host',
    'X-Real-IP',
    'Host',
    'Content-Length',
    'Content-Length, Host, Transfer-Encoding',
    'close, X-Forwarded-For',
    'keep-alive, Authorization, X-Real-IP',
    'AUTHORIZATION,HOST,X-REAL-IP',
    ' ,,, Authorization ,, Host ,',
    'Connection',
    'Cookie, Authorization',
  ]

  it.each(named)('survives "Connection: %s"', async connection => {
    const { status, seen } = await ask([`Connection: ${connection}`])
    expect(status).toBe(200)
    for (const [name, value] of set) expect(seen?.header(name), name).toBe(value)
  })

  it('survives several Connection headers', async () => {
    const { seen } = await ask(named.map(connection => `Connection: ${connection}`))
    for (const [name, value] of set) expect(seen?.header(name), name).toBe(value)
  })

  it.each([
    ['Content-Length', 'Content-Length: 5', 'hello'],
    ['Transfer-Encoding', 'Transfer-Encoding: chunked', '5\r\nhello\r\n0\r\n\r\n'],
  ])('keeps the framing of a body whose Connection names %s', async (name, framing, body) => {
    const head = ['PUT /v2/a/manifests/b HTTP/1.1', 'Host: h', `Authorization: ${authorization}`]
    const [answer] = await exchange(stage.gate.port, request([...head, `Connection: ${name}`, framing], body))
    expect(answer?.status).toBe(200)
    expect(Buffer.concat(stage.backend.requests[0]?.body ?? []).toString()).toBe('hello')
  })

  it.each([
    ['X-Forwarded-For: 10.9.8.7', 'x-forwarded-for', '127.0.0.1'],
    ['X-Forwarded-For: 10.9.8.7, 127.0.0.1', 'x-forwarded-for', '127.0.0.1'],
    ['x-FORWARDED-for: 10.9.8.7', 'x-forwarded-for', '127.0.0.1'],
    ['X-Real-IP: 10.9.8.7', 'x-real-ip', '127.0.0.1'],
    ['X-Forwarded-Proto: http', 'x-forwarded-proto', 'https'],
    ['X-Forwarded-Host: evil', 'x-forwarded-host', ''],
    ['X-Forwarded-Port: 1', 'x-forwarded-port', ''],
    ['X-Forwarded-Scheme: http', 'x-forwarded-scheme', ''],
    ['X-Forwarded-Prefix: /evil', 'x-forwarded-prefix', ''],
    ['X-Forwarded-Server: evil', 'x-forwarded-server', ''],
    ['X-Forwarded-Ssl: off', 'x-forwarded-ssl', ''],
    ['X-Forwarded-Uri: /evil', 'x-forwarded-uri', ''],
    ['X-Forwarded-Method: DELETE', 'x-forwarded-method', ''],
    ['X-Forwarded: for=evil', 'x-forwarded', ''],
    ['Forwarded: for=10.9.8.7;host=evil;proto=http', 'forwarded', ''],
    ['X-Cluster-Client-IP: 10.9.8.7', 'x-cluster-client-ip', ''],
    ['X-Client-IP: 10.9.8.7', 'x-client-ip', ''],
    ['True-Client-IP: 10.9.8.7', 'true-client-ip', ''],
    ['CF-Connecting-IP: 10.9.8.7', 'cf-connecting-ip', ''],
    ['X-Original-URL: /v2/secret/tags/list', 'x-original-url', ''],
    ['X-Rewrite-URL: /v2/secret/tags/list', 'x-rewrite-url', ''],
    ['X-HTTP-Method-Override: DELETE', 'x-http-method-override', ''],
    ['X-Method-Override: DELETE', 'x-method-override', ''],
    ['X-HTTP-Method: DELETE', 'x-http-method', ''],
  ])('is not changed by the client: %s', async (line, name, value) => {
    const { status, seen } = await ask([line])
    expect(status).toBe(200)
    expect(seen?.header(name)).toBe(value)
    expect(JSON.stringify(seen?.headers)).not.toMatch(/evil|10\.9\.8\.7|secret/)
  })
})

describe('an identity that a client gives itself', () => {
  const words = [
    'Remote-User',
    'Remote-Name',
    'Remote-Email',
    'Remote-Groups',
    'X-Remote-User',
    'X-Remote-Group',
    'X-Remote-Extra-Scopes',
    'X-Forwarded-User',
    'X-Forwarded-Email',
    'X-Forwarded-Groups',
    'X-Forwarded-Preferred-Username',
    'X-Forwarded-Access-Token',
    'X-Forwarded-Client-Cert',
    'X-Auth-User',
    'X-Auth-Request-User',
    'X-Auth-Request-Email',
    'X-Auth-Username',
    'X-Authenticated-User',
    'X-Authenticated-Userid',
    'X-Authentik-Username',
    'X-Consumer-Username',
    'X-Credential-Identifier',
    'X-Webauth-User',
    'X-Goog-Authenticated-User-Email',
    'X-Ms-Client-Principal-Name',
    'Cf-Access-Authenticated-User-Email',
    'Tailscale-User-Login',
    'X-Pomerium-Claim-Email',
    'X-Vouch-User',
    'X-Amzn-Oidc-Identity',
    'Oidc-Claim-Sub',
    'X-User',
    'X-User-Id',
    'X-User-Name',
    'X-Username',
    'X-Email',
    'X-Groups',
    'Auth-User',
    'User',
    'Ssl-Client-Cert',
    'Ssl-Client-S-Dn',
    'X-Ssl-Client-Cert',
    'X-Ssl-Client-S-Dn',
    'X-Client-Cert',
    'Client-Cert',
    'X-Jwt-Assertion',
    'Proxy-Authorization',
  ]
  const spellings: readonly ((name: string) => string)[] = [
    name => name,
    name => name.toLowerCase(),
    name => name.toUpperCase(),
    name => name.replaceAll('-', '_'),
    name => name.replaceAll('-', '_').toUpperCase(),
    name => name.replace('-', '_'),
    name => name.replaceAll('-', '.'),
    name => `HTTP_${name.replaceAll('-', '_').toUpperCase()}`,
  ]

  it(`never reaches the backend, in ${words.length} names of ${spellings.length} spellings`, async () => {
    const lines = [...new Set(words.flatMap(word => spellings.map(spell => spell(word))))]
    for (let from = 0; from < lines.length; from += 40) {
      const some = lines.slice(from, from + 40)
      const { status, seen } = await ask(some.map(name => `${name}: forged`))
      expect(status).toBe(200)
      expect(seen?.headers.filter(each => each.value.includes('forged')).map(each => each.name)).toEqual([])
    }
  })

  it('does not even reach it beside its right spelling, or named in Connection', async () => {
    const { seen } = await ask([
      'X_Forwarded_For: forged',
      'X-Remote-User: forged',
      'Connection: X-Real-IP, X_Remote_User',
    ])
    expect(JSON.stringify(seen?.headers)).not.toContain('forged')
    expect(seen?.header('x-real-ip')).toBe('127.0.0.1')
  })
})

describe('what the client may say', () => {
  it.each([
    ['Accept: application/vnd.oci.image.manifest.v1+json, */*', 'accept'],
    ['Accept-Encoding: zstd;q=1.0, gzip;q=0.8', 'accept-encoding'],
    ['User-Agent: docker/28.2', 'user-agent'],
    ['Range: bytes=5-', 'range'],
    ['If-None-Match: "sha256:0"', 'if-none-match'],
    ['Docker-Upload-UUID: 5', 'docker-upload-uuid'],
    ['Content-Range: 0-4', 'content-range'],
    ['OCI-Tag: latest', 'oci-tag'],
    ['X-Registry-Supports-Signatures: 1', 'x-registry-supports-signatures'],
    ['X-Docker-Token: true', 'x-docker-token'],
    ['Traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', 'traceparent'],
    ['Cookie: a=b; c=d', 'cookie'],
  ])('%s', async (line, name) => {
    const { seen } = await ask([line])
    expect(`${name}: ${seen?.header(name)}`).toBe(line.replace(/^[^:]+/, name))
  })

  it('a piece of an upload, with Content-Range and Content-Length: a registry judges the range only by both', async () => {
    const target = '/v2/a/blobs/uploads/5?_state=x%3D%3d'
    const head = [`PATCH ${target} HTTP/1.1`, 'Host: h', `Authorization: ${authorization}`]
    const bytes = request([...head, 'Content-Range: 5-9', 'Content-Length: 5'], 'hello')
    expect((await exchange(stage.gate.port, bytes))[0]?.status).toBe(200)
    const seen = stage.backend.requests.at(-1)
    expect([seen?.target, seen?.header('content-range'), seen?.header('content-length')]).toEqual([target, '5-9', '5'])
    expect(seen?.header('transfer-encoding')).toBe('')
  })
})
