/**
 * Requests by which somebody gets round rules that look at the raw text of a path or a query. In each of them SECRET and BLOB are the
 * digests of a manifest and a blob of secret/repo, PUBLIC that of a blob of public/app, VICTIM that of a manifest to be deleted, TAG is a
 * tag that is not there yet, UPLOAD the path of an upload that somebody else has begun in public/app, and MANIFEST the text of SECRET, of
 * LENGTH bytes.
 */

/** What is gained where the request gets through. */
export const goals = {
  read: 'the manifest or the blob of a repository that may not be pulled',
  head: 'the digest of such a manifest',
  tags: 'the tags of such a repository',
  catalog: 'its name',
  mount: 'a blob of it in a repository of one’s own',
  write: 'a tag in a repository that may not be pushed to',
  start: 'an upload there',
  append: 'bytes in an upload of somebody else',
  delete: 'a manifest that may not be deleted',
} as const
export type Goal = keyof typeof goals

export interface Attack {
  readonly goal: Goal
  /** Request line without its version, then header lines. */
  readonly head: readonly string[]
  readonly body: string
  /** Whether the body is another request, whose framing stands behind more header lines than some parsers keep. */
  readonly hidden: boolean
}

const paths: Readonly<Partial<Record<Goal, readonly string[]>>> = {
  read: [
    'GET /v2/%73ecret/repo/manifests/1.0',
    'GET /v2/s%65cret/repo/manifests/1.0',
    'GET /v2/se%63ret/repo/manifests/1.0',
    'GET /v2/sec%72et/repo/manifests/1.0',
    'GET /v2/secr%65t/repo/manifests/1.0',
    'GET /v2/secre%74/repo/manifests/1.0',
    'GET /v2/%73%65%63%72%65%74/repo/manifests/1.0',
    'GET /v2/secret%2Frepo/manifests/1.0',
    'GET /v2/secret%2frepo/manifests/1.0',
    'GET /v2/secret%2Frepo%2Fmanifests%2F1.0',
    'GET /v2%2Fsecret/repo/manifests/1.0',
    'GET /v2%2fsecret%2frepo%2fmanifests%2f1%2E0',
    'GET /%76%32/secret/repo/manifests/1.0',
    'GET /%762/secret/repo/manifests/1.0',
    'GET /v%32/secret/repo/manifests/1.0',
    'GET /v2/%73ecret/%72epo/%6danifests/1.0?x=/v2/mine/app/',
    'GET /v2/%73ecret/repo/manifests/SECRET',
    'GET /v2/secret%2Frepo/blobs/BLOB',
    'GET /v2/%73ecret/repo/blobs/BLOB',
    'GET /v2/%73ecret/repo/blobs/BLOB?ns=mine/app',
    'GET /%76%32/secret/repo/blobs/BLOB',
    'GET /v2%2Fsecret/repo%2Fblobs/BLOB',
    'GET http://127.0.0.1/v2/secret/repo/manifests/1.0',
    'GET http://mine/v2/secret/repo/blobs/BLOB',
    'GET HTTP://mine/v2/secret/repo/manifests/1.0',
    'GET http://localhost/v2/secret/repo/manifests/1.0',
  ],
  head: [
    'HEAD /v2/%73ecret/repo/manifests/1.0',
    'HEAD /v2/secret%2Frepo/manifests/1.0',
    'HEAD /%76%32/secret/repo/manifests/1.0',
    'HEAD http://mine/v2/secret/repo/manifests/1.0',
    'HEAD http://localhost/v2/secret/repo/manifests/1.0',
  ],
  tags: [
    'GET /v2/secret%2Frepo/tags/list',
    'GET /v2/%73ecret/repo/tags/list',
    'GET /v2/%73ecret/repo/tags%2flist',
    'GET /v%32/secret/repo/tags/list',
    'GET http://mine/v2/secret/repo/tags/list',
  ],
  catalog: [
    'GET /v2/%5fcatalog',
    'GET /v2/%5Fcatalog?n=1000',
    'GET /v2/_%63atalog',
    'GET /v2/_catalo%67',
    'GET /v2%2F_catalog',
    'GET /%76%32/_catalog',
    'GET /v%32/%5fcatalog?last=a',
    'GET http://mine/v2/_catalog',
    'GET http://localhost/v2/_catalog',
  ],
  start: [
    'POST /v2/%73ecret/repo/blobs/uploads/',
    'POST /v2/secret%2Frepo/blobs/uploads/',
    'POST /v2/secret%2Frepo/blobs%2Fuploads/',
    'POST /v2/public%2Fapp/blobs/uploads/',
    'POST /v2/p%75blic/app/blobs/uploads/',
    'POST http://mine/v2/public/app/blobs/uploads/',
    'POST http://localhost/v2/public/app/blobs/uploads/',
  ],
  write: [
    'PUT /v2/%73ecret/repo/manifests/TAG',
    'PUT /v2/secret%2Frepo/manifests/TAG',
    'PUT /v%32/secret/repo/manifests/TAG',
    'PUT http://mine/v2/secret/repo/manifests/TAG',
    'PUT http://localhost/v2/secret/repo/manifests/TAG',
  ],
  delete: [
    'DELETE /v2/%73ecret/repo/manifests/VICTIM',
    'DELETE /v2/secret%2Frepo/manifests/VICTIM',
    'DELETE /%76%32/secret/repo/manifests/VICTIM',
    'DELETE http://mine/v2/secret/repo/manifests/VICTIM',
    'DELETE http://localhost/v2/secret/repo/manifests/VICTIM',
  ],
  // Whoever lists the methods that write forgets this one.
  append: ['PATCH UPLOAD', 'PATCH http://mineUPLOAD'],
}

/** Each part behind the path, the type of the body, and the body. */
const mounts: readonly (readonly [query: string, type: string, body: string])[] = [
  ['?mount=BLOB&from=%73ecret/repo', '', ''],
  ['?mount=BLOB&from=%73%65%63%72%65%74%2F%72%65%70%6F', '', ''],
  ['?mount=BLOB&%66rom=secret/repo', '', ''],
  ['?mount=BLOB&f%72om=secret%2Frepo', '', ''],
  ['?mount=BLOB&%66%72%6f%6d=secret/repo', '', ''],
  ['?%6dount=BLOB&fro%6D=secret/repo', '', ''],
  ['?mount=BLOB&from=secret/repo&from=public/app', '', ''],
  ['?from=secret%2Frepo&mount=BLOB&from=mine%2Fapp', '', ''],
  ['?mount=BLOB&%66rom=secret/repo&from=public/app', '', ''],
  ['', 'application/x-www-form-urlencoded', 'mount=BLOB&from=secret/repo'],
  ['', 'application/x-www-form-urlencoded; charset=utf-8', 'mount=BLOB&from=secret/repo'],
  ['', 'Application/X-WWW-Form-URLencoded', 'mount=BLOB&from=secret/repo'],
  ['', 'APPLICATION/X-WWW-FORM-URLENCODED;a=b', '%6dount=BLOB&%66rom=secret/repo'],
  ['', 'application/x-www-form-urlencoded; =', 'mount=BLOB&from=secret/repo'],
  ['?mount=BLOB', 'application/x-www-form-urlencoded', 'from=secret/repo'],
  ['?mount=PUBLIC&from=public/app', 'application/x-www-form-urlencoded', 'mount=BLOB&from=secret/repo'],
  ['', 'multipart/form-data; boundary=x', multipart('x')],
  ['', 'Multipart/Form-Data; charset=utf-8; boundary="y"', multipart('y')],
  ['?mount=BLOB', 'MULTIPART/FORM-DATA; boundary=z', multipart('z')],
]

function multipart(boundary: string): string {
  const part = (name: string, value: string) => [
    `--${boundary}`,
    `Content-Disposition: form-data; name="${name}"`,
    '',
    value,
  ]
  return [...part('mount', 'BLOB'), ...part('from', 'secret/repo'), `--${boundary}--`, ''].join('\r\n')
}

const spelled = (Object.keys(goals) as Goal[]).flatMap(goal =>
  (paths[goal] ?? []).map(
    (line): Attack => ({ goal, head: [line], body: goal === 'append' ? 'more bytes' : '', hidden: false }),
  ),
)
const mounted = mounts.map(
  ([query, type, body]): Attack => ({
    goal: 'mount',
    head: [`POST /v2/mine/app/blobs/uploads/${query}`, ...(type === '' ? [] : [`Content-Type: ${type}`])],
    body,
    hidden: false,
  }),
)

const manifestType = 'application/vnd.docker.distribution.manifest.v2+json'

/** Whole requests; that of `read` is made whole by the head of the next one on the connection. */
const hiddenRequests: Readonly<Partial<Record<Goal, string>>> = {
  read: `GET /v2/secret/repo/manifests/1.0 HTTP/1.1\r\nX: `,
  delete: 'DELETE /v2/secret/repo/manifests/VICTIM HTTP/1.1\r\nHost: x\r\n\r\n',
  write: `PUT /v2/secret/repo/manifests/TAG HTTP/1.1\r\nHost: x\r\nContent-Type: ${manifestType}\r\nContent-Length: LENGTH\r\n\r\nMANIFEST`,
  mount:
    'POST /v2/mine/app/blobs/uploads/?mount=BLOB&from=secret/repo HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n',
}
const hidden = Object.entries(hiddenRequests).flatMap(([goal, body]) =>
  ['GET /v2/', 'GET /v2/public/app/manifests/1.0'].map(
    (line): Attack => ({ goal: goal as Goal, head: [line, ...Array<string>(1_200).fill('a:b')], body, hidden: true }),
  ),
)

export const attacks: readonly Attack[] = [
  ...spelled,
  ...mounted,
  ...hidden,
  // A query that is judged only where the path ends as it should.
  { goal: 'mount', head: ['POST /v2/mine/app/blobs/uploads%2F?mount=BLOB&from=secret/repo'], body: '', hidden: false },
  { goal: 'mount', head: ['POST /v2/mine/app/blobs/%75ploads/?mount=BLOB&from=secret/repo'], body: '', hidden: false },
]

export const nameOf = ({ goal, head, body, hidden }: Attack): string => {
  const lines = hidden ? `${head[0]} | ${head.length - 1} lines` : head.join(' | ')
  return `${goal}: ${lines}${body === '' ? '' : ` | ${body.replaceAll('\r\n', ' ').slice(0, 60)}`}`
}
