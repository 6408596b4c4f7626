/** Long texts for a gate with an nginx.conf: in what its variables, names and expressions look at, and in what a backend answers. */
import { afterAll, beforeAll, describe, it } from 'vitest'
import { type Meter, startMeter } from './parts/event-loop-time.js'
import { type FaultyBackend, ok, startFaultyBackend } from './parts/faulty-backend.js'
import { type Gate, startGate } from './parts/gate.js'
import { request } from './parts/raw-client.js'

/** Each expression takes a backtracking engine far more than linear time; `usual` is the one of the recipe for docker's registry. */
const conf = (backend: string) => `
map $http_x_names $by_name { hostnames; default ""; *.example.org leading; www.* trailing; }
map $http_x_text $by_text { default ""; ~^(a+)+$ nested; ~^(.*)a(.*)a(.*)a$ thrice; ~(x+x+)+y twice; }
server {
  listen 127.0.0.1:PORT ssl;
  ssl_certificate certs/cert.pem;
  ssl_certificate_key certs/key.pem;
  server_name localhost *.example.net www.* ~^(?<first>.+)\\.(?<second>.+)\\.test$;
  client_max_body_size 0;
  location ~ /v2/.*/manifests/.*/of/(.*)$ { return 200 $1; }
  location ~ ^/twice/(.*)/(.*)/$ { rewrite ^/twice(.*)(//*)$ /v2/$1 break; proxy_pass ${backend}; }
  location / {
    if ($http_user_agent ~ "^(docker\\/1\\.(3|4|5(?!\\.[0-9]-dev))|Go ).*$") { return 404; }
    if ($arg_text ~ ([a-z]+)+$) { return 202; }
    if ($cookie_text ~* (x|X)*y) { return 202; }
    add_header X-Names "$by_name$by_text";
    proxy_pass ${backend};
  }
}
`

type Place = readonly [title: string, request: (text: string) => string]

const get = (target: string, ...lines: readonly string[]) =>
  request([`GET ${target} HTTP/1.1`, 'Host: localhost', 'Connection: close', ...lines])
const host = (name: string) => request(['GET /v2/ HTTP/1.1', `Host: ${name}`, 'Connection: close'])

const places: readonly Place[] = [
  ['the path', text => get(`/${text}`)],
  ['the path below /v2/', text => get(`/v2/${text}/manifests/`)],
  ['what is rewritten', text => get(`/twice/${text}/`)],
  ['Host', host],
  ['Host below a name that is known', text => host(`www.${text}.example.net`)],
  ['an argument', text => get(`/?text=${text}`)],
  ['a cookie', text => get('/', `Cookie: text=${text}`)],
  ['User-Agent', text => get('/', `User-Agent: ${text}`)],
  ['what a map of names looks at', text => get('/', `X-Names: ${text}`)],
  ['what a map of expressions looks at', text => get('/', `X-Text: ${text}`)],
]

const answers = [
  'Connection',
  'Content-Type',
  'Docker-Content-Digest',
  'Link',
  'Location',
  'Transfer-Encoding',
  'WWW-Authenticate',
]

let backend: FaultyBackend
let gate: Gate
let meter: Meter

beforeAll(async () => {
  backend = await startFaultyBackend()
  gate = await startGate(backend.url, { nginxConf: conf(backend.url), flags: ['--workers', '1'] })
  meter = await startMeter(gate, get('/v2/'))
})
afterAll(async () => {
  await gate?.stop()
  await backend.close()
})

describe('a client', () => {
  it.each(places)('may write anything of 28 KB in %s', (_title, place) => meter.expectCheap(place))
})

describe('a backend', () => {
  // Node reads heads of 16 KiB.
  it.each(answers)('may write anything of 14 KB in %s', name =>
    meter.expectCheap(text => {
      const answer = ok('', [`${name}: http://${text.slice(0, 14_000)}`])
      backend.whenComplete = (_request, socket) => void socket.write(answer, 'latin1')
      return get('/v2/')
    }),
  )
})
