/** Long, nested and repeated texts wherever a client can write: none of them costs much more than a plain request. */
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Meter, startMeter } from './parts/event-loop-time.js'
import { authorization, type Gate, startGate } from './parts/gate.js'
import { request } from './parts/raw-client.js'
import { ask } from './parts/token-client.js'

/** A place where a client can write: the bytes of a request with the text there. */
type Place = readonly [title: string, request: (text: string) => string]

const head = (method: string, target: string, lines: readonly string[]) => [
  `${method} ${target} HTTP/1.1`,
  'Host: localhost',
  'Connection: close',
  ...lines,
]
const get = (target: string, ...lines: readonly string[]) => request(head('GET', target, lines))
const send = (method: string, target: string, body: string, ...lines: readonly string[]) =>
  request(head(method, target, [`Content-Length: ${body.length}`, ...lines]), body)

const login = `Authorization: ${authorization}`
const form = 'Content-Type: application/x-www-form-urlencoded'
const index = 'application/vnd.oci.image.index.v1+json'
const manifests = '/v2/team/app/manifests'
const uploads = '/v2/team/app/blobs/uploads/'
const putIndex = (body: string) => send('PUT', `${manifests}/1`, body, login, `Content-Type: ${index}`)
const indexWith = (more: string) => `{"schemaVersion":2,"mediaType":"${index}","manifests":[]${more}}`

const blob = Buffer.alloc(64 * 1024, 'layer')
const digestOf = (bytes: Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`
const nothing = `sha256:${'0'.repeat(64)}`
const base64 = (text: string) => Buffer.from(text, 'latin1').toString('base64')

const places: readonly Place[] = [
  ['the path', text => get(`/${text}`)],
  ['the path behind an @', text => get(`/@${text}`)],
  ['the path below /v2/', text => get(`/v2/${text}`)],
  ['the name of a repository', text => get(`/v2/${text}/manifests/latest`, login)],
  ['a tag', text => get(`${manifests}/${text}`, login)],
  ['a digest', text => get(`/v2/team/app/blobs/sha256:${text}`, login)],
  ['the id of an upload', text => send('PATCH', `${uploads}${text}`, 'x', login)],
  ['the query of an upload', text => send('POST', `${uploads}?${text}`, '', login)],
  ['the source of a mount', text => send('POST', `${uploads}?mount=${nothing}&from=${text}`, '', login)],
  ['n of the catalog', text => get(`/v2/_catalog?n=${text}`, login)],
  ['last of the catalog', text => get(`/v2/_catalog?n=5&last=${text}`, login)],
  ['last of the tags', text => get(`/v2/team/app/tags/list?last=${text}`, login)],
  ['artifactType of the referrers', text => get(`/v2/team/app/referrers/${nothing}?artifactType=${text}`, login)],
  ['Host', text => request(['GET /v2/ HTTP/1.1', `Host: ${text}`, 'Connection: close'])],
  ['Authorization', text => get('/v2/', `Authorization: ${text}`)],
  ['a Basic login', text => get('/v2/', `Authorization: Basic ${text}`)],
  ['a user name', text => get('/v2/', `Authorization: Basic ${base64(`${text.slice(0, 20_000)}:x`)}`)],
  ['a Bearer token', text => get('/v2/', `Authorization: Bearer ${text}`)],
  [
    'the parts of a token',
    text => get('/v2/', `Authorization: Bearer ${Array(3).fill(text.slice(0, 5_000)).join('.')}`),
  ],
  ['the name of a header', text => get('/v2/', `${text}: x`)],
  ['lines of the head', text => get('/v2/', ...(text.match(/.{16}/gs) ?? []).map((part, at) => `h${at}: ${part}`))],
  ...['Connection', 'Content-Type', 'Expect', 'Transfer-Encoding', 'Upgrade', 'User-Agent', 'X-Forwarded-For'].map(
    (name): Place => [name, text => get('/v2/team/app/tags/list', login, `${name}: ${text}`)],
  ),
  [
    'Accept and If-None-Match',
    text => get(`${manifests}/1`, login, `Accept: ${text.slice(9_000)}`, `If-None-Match: ${text.slice(0, 9_000)}`),
  ],
  ['Range', text => get(`/v2/team/app/blobs/${digestOf(blob)}`, login, `Range: bytes=${text}`)],
  ['Content-Range', text => send('POST', `${uploads}?digest=${nothing}`, 'x', login, `Content-Range: ${text}`)],
  ['a manifest', putIndex],
  ['an annotation', text => putIndex(indexWith(`,"annotations":{"a":${JSON.stringify(text)}}`))],
  [
    'what a manifest nests',
    text => putIndex(indexWith(`,"x":${'[{"a":'.repeat(text.length / 8)}0${'}]'.repeat(text.length / 8)}`)),
  ],
  ['the query of a token request', text => get(`/auth/token?${text}`, login)],
  ['scope', text => get(`/auth/token?service=portcullis&scope=${text}`, login)],
  ['the repository of a scope', text => get(`/auth/token?scope=repository:${text}:pull`, login)],
  ['the actions of a scope', text => get(`/auth/token?scope=repository:team/app:${text}`, login)],
  [
    'service and client_id',
    text => get(`/auth/token?service=${text.slice(0, 14_000)}&client_id=${text.slice(14_000)}`, login),
  ],
  ['the form of a token request', text => send('POST', '/auth/token', text, form)],
  [
    'username of the form',
    text => send('POST', '/auth/token', `grant_type=password&password=x&username=${text}`, form),
  ],
  [
    'refresh_token of the form',
    text => send('POST', '/auth/token', `grant_type=refresh_token&refresh_token=${text}`, form),
  ],
]

let gate: Gate
let meter: Meter

beforeAll(async () => {
  gate = await startGate('embedded', {
    flags: ['--workers', '1'],
    yaml: `token: { identity: true }
login_limits: off
trusted_proxies: [127.0.0.0/8]
access:
  - { who: anonymous, repositories: "base/**", may: pull }
  - { who: alice, repositories: "**", may: [pull, push, overwrite] }
`,
  })
  const lines = [`Content-Type: ${index}`]
  const pushed = [
    await ask(gate.port, 'POST', `${uploads}?digest=${digestOf(blob)}`, {
      authorization,
      body: blob.toString('latin1'),
    }),
    await ask(gate.port, 'PUT', `${manifests}/1`, { authorization, lines, body: indexWith('') }),
  ]
  expect(pushed.map(({ status }) => status)).toEqual([201, 201])
  meter = await startMeter(gate, get('/v2/team/app/tags/list', login))
})
afterAll(async () => {
  await gate?.stop()
})

it.each(places)('%s may hold anything of 28 KB', (_title, place) => meter.expectCheap(place))
