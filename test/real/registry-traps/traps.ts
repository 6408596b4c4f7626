/**
 * What a real registry makes of requests that gates are tripped up by, and what comes of the same requests through the gate. In them BLOB
 * is the digest of a blob of secret/repo, and PUBLIC that of a manifest of public/app, without its algorithm. The rules let the one who asks
 * pull from public/**, push to mine/**, and nothing else.
 */

export interface Ask {
  /** Request line without its version, then header lines. */
  readonly head: readonly string[]
  readonly body: string
}

/**
 * Each result is a status, with the authority of a Location that has one (`202 at http://evil`), and with what was gained
 * (`201, BLOB in mine/app`).
 */
export type Row = readonly [ask: Ask, alone: string, throughTheGate: string]

export interface Trap {
  readonly name: string
  readonly rows: readonly Row[]
}

const ask = (line: string, ...headers: readonly string[]): Ask => ({ head: [line, ...headers], body: '' })
const post = (query: string, type = '', body = ''): Ask => ({
  head: [`POST /v2/mine/app/blobs/uploads/${query}`, ...(type === '' ? [] : [`Content-Type: ${type}`])],
  body,
})

const form = 'application/x-www-form-urlencoded'
const parts = (['mount', 'from'] as const)
  .map(
    name =>
      `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${name === 'mount' ? 'BLOB' : 'secret/repo'}\r\n`,
  )
  .join('')

const mounted = '201, BLOB in mine/app'
const here = 'http://localhost'

export const traps: readonly Trap[] = [
  {
    name: 'percent-encoded paths',
    rows: [
      [ask('GET /v2/secret/repo/manifests/1.0'), '200', '403'],
      [ask('GET /v2/secret%2Frepo/manifests/1.0'), '200', '400'],
      [ask('GET /v2%2fsecret%2frepo%2fmanifests%2f1.0'), '200', '400'],
      [ask('GET /%76%32/secret/repo/manifests/1.0'), '200', '400'],
      [ask('GET /v2/%73ecret/repo/manifests/1.0'), '200', '400'],
      [ask('GET /v2/%73ecret/repo/blobs/BLOB'), '200', '400'],
      [ask('GET /v2/%5fcatalog'), '200', '400'],
      [ask('GET /v2/public/app/manifests/sha256%3APUBLIC'), '200', '200'],
    ],
  },
  {
    name: 'dot segments and slashes',
    rows: [
      [ask('GET /v2/public/../secret/repo/manifests/1.0'), '301', '400'],
      [ask('GET /v2/public/%2e%2e/secret/repo/manifests/1.0'), '301', '400'],
      [ask('GET /v2/public/..%2fsecret/repo/manifests/1.0'), '301', '400'],
      [ask('GET //v2/public/app/tags/list'), '301', '400'],
      [ask('GET /v2//public/app/tags/list'), '301', '400'],
      [ask('GET /v2/public/app/tags/list/'), '301', '404'],
      [ask('POST /v2/mine/app/blobs/uploads'), '301', '400'],
      [ask('GET /v2'), '301', '200'],
    ],
  },
  {
    name: 'requests for a whole address, for a host and for *',
    rows: [
      [ask('POST http://evil/v2/mine/app/blobs/uploads/'), '202 at http://evil', '400'],
      [ask('GET http://evil/v2/secret/repo/manifests/1.0'), '200', '400'],
      [ask('CONNECT localhost:443'), '301', '405'],
      [ask('GET *'), '301', '400'],
    ],
  },
  {
    name: 'mounts by a form in the body, and by encoded keys',
    rows: [
      [post('?mount=BLOB&from=secret/repo'), mounted, '202'],
      [post('', form, 'mount=BLOB&from=secret/repo'), mounted, '202'],
      [post('', 'Application/X-WWW-Form-URLencoded; charset=utf-8', 'mount=BLOB&from=secret/repo'), mounted, '202'],
      [post('?mount=BLOB&from=public/app', form, 'from=secret/repo'), mounted, '202'],
      [post('', 'multipart/form-data; boundary=x', `${parts}--x--\r\n`), mounted, '202'],
      [post('?mount=BLOB&%66rom=secret/repo'), mounted, '400'],
    ],
  },
  {
    name: 'query keys in duplicate, in capitals and behind a semicolon',
    rows: [
      [post('?mount=BLOB&from=secret/repo&from=public/app'), mounted, '400'],
      [post('?mount=BLOB&from=public/app&from=secret/repo'), `202 at ${here}`, '400'],
      [post('?mount=BLOB&From=secret/repo'), `202 at ${here}`, '400'],
      [post('?mount=BLOB;from=secret/repo'), `202 at ${here}`, '400'],
    ],
  },
  {
    name: 'methods of another case, OPTIONS and overriding headers',
    rows: [
      [ask('OPTIONS /v2/secret/repo/manifests/1.0'), '200', '405'],
      [ask('PROPFIND /v2/secret/repo/manifests/1.0'), '405', '405'],
      [ask('get /v2/public/app/manifests/1.0'), '405', '400'],
      [ask('GET /v2/public/app/manifests/1.0', 'X-HTTP-Method-Override: DELETE'), '200', '200'],
    ],
  },
  {
    name: 'names in capitals',
    rows: [
      [ask('POST /v2/Mine/app/blobs/uploads/'), `202 at ${here}`, '400'],
      [ask('GET /v2/Public/app/manifests/1.0'), '404', '400'],
    ],
  },
  {
    name: 'a Forwarded header from the client',
    rows: [
      [ask('POST /v2/mine/app/blobs/uploads/'), `202 at ${here}`, '202'],
      [ask('POST /v2/mine/app/blobs/uploads/', 'Forwarded: host=evil;proto=https'), '202 at https://evil', '202'],
      [
        ask('POST /v2/mine/app/blobs/uploads/', 'X-Forwarded-Host: evil', 'X-Forwarded-Proto: https'),
        '202 at https://evil',
        '202',
      ],
    ],
  },
  {
    name: 'n above the limit',
    rows: [
      [ask('GET /v2/_catalog?n=1000'), '200', '200'],
      [ask('GET /v2/_catalog?n=1001'), '400', '200'],
      [ask('GET /v2/public/app/tags/list?n=1001'), '200', '200'],
    ],
  },
]
