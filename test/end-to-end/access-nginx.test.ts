/** Rules beside an nginx.conf: they only narrow what it allows, and its own refusals stand. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pushImage, type ServedRegistry, serveRegistry } from '../embedded-registry/serve-registry.js'
import { basic, type Gate, passwordOf, startGate } from './parts/gate.js'
import { type Answer, exchange, header, request } from './parts/raw-client.js'

const rules = `access:
  - { who: alice, repositories: "**", may: [pull, push, overwrite, delete] }
  - { who: ci, repositories: "team/**", may: [pull, push] }
  - { who: intern, repositories: "team/**", may: pull }
`
const anonymousRule = '  - { who: anonymous, repositories: "base/**", may: pull }\n'

interface Layout {
  /** The name of its server. */
  readonly name: string
  /** Lines of its server, BACKEND standing for the registry's address; null for nginx-compat.conf itself. */
  readonly lines: string | null
  /**
   * Who asks for what, and what comes: by the nginx.conf alone, with rules, and with a rule for anonymous as well, which asks for tokens.
   * `by rules` where they say no.
   */
  readonly rows: readonly (readonly [who: string, line: string, alone: string, ruled: string, opened: string])[]
}

const closed = 'auth_basic Registry; auth_basic_user_file htpasswd;'
const app = (repository: string) => `/v2/${repository}/manifests/1.0`
const push = (repository: string) => `POST /v2/${repository}/blobs/uploads/`

const layouts: readonly Layout[] = [
  {
    name: 'localhost',
    lines: null,
    rows: [
      ['nobody', 'GET /v2/', '401 Basic', '401 Basic', '401 Bearer'],
      ['nobody', `GET ${app('base/alpine')}`, '401 Basic', '401 Basic', '401 Bearer'],
      ['alice', 'GET /v2/', '200', '200', '200'],
      ['alice', 'DELETE /v2/team/app/manifests/DIGEST', '404', '404', '404'],
      ['ci', push('team/app'), '202', '202', '202'],
      ['ci', push('base/alpine'), '202', '403 by rules', '401 Bearer by rules'],
      ['ci', `GET ${app('base/alpine')}`, '200', '403 by rules', '200'],
      ['ci', 'DELETE /v2/team/app/manifests/DIGEST', '404', '403 by rules', '401 Bearer by rules'],
      ['intern', `GET ${app('team/app')}`, '200', '200', '200'],
      ['intern', push('team/app'), '202', '403 by rules', '401 Bearer by rules'],
      ['intern', `GET ${app('secret/app')}`, '200', '403 by rules', '401 Bearer by rules'],
      ['alice', 'GET /', '404', '404', '404'],
    ],
  },
  {
    name: 'refuses.test',
    lines: `
      ${closed}
      location = /v2/_catalog { return 403; }
      location /v2/secret/ { return 404; }
      location /v2/ {
        if ($request_method !~ ^(GET|HEAD)$) { return 403; }
        proxy_pass BACKEND;
      }
      location / { return 200 hello; }`,
    rows: [
      ['alice', 'GET /v2/_catalog', '403', '403', '403'],
      ['alice', `GET ${app('secret/app')}`, '404', '404', '404'],
      ['alice', push('team/app'), '403', '403', '403'],
      ['alice', `GET ${app('team/app')}`, '200', '200', '200'],
      ['intern', `GET ${app('base/alpine')}`, '200', '403 by rules', '200'],
      ['nobody', 'GET /', '200', '200', '200'],
    ],
  },
  {
    name: 'partly-open.test',
    lines: `
      ${closed}
      location /v2/ { proxy_pass BACKEND; }
      location /v2/base/ { auth_basic off; proxy_pass BACKEND; }`,
    rows: [
      ['nobody', 'GET /v2/', '401 Basic', '401 Basic', '401 Bearer'],
      ['nobody', `GET ${app('team/app')}`, '401 Basic', '401 Basic', '401 Bearer'],
      ['nobody', `GET ${app('base/alpine')}`, '200', '403 by rules', '200'],
      ['nobody', push('base/alpine'), '202', '403 by rules', '403 by rules'],
      ['alice', push('base/alpine'), '202', '403 by rules', '403 by rules'],
      ['alice', `GET ${app('base/alpine')}`, '200', '403 by rules', '200'],
      ['intern', `GET ${app('team/app')}`, '200', '200', '200'],
    ],
  },
  {
    name: 'open.test',
    lines: 'location /v2/ { proxy_pass BACKEND; }',
    rows: [
      ['nobody', 'GET /v2/', '200', '200', '200'],
      ['nobody', `GET ${app('base/alpine')}`, '200', '403 by rules', '200'],
      ['nobody', `GET ${app('team/app')}`, '200', '403 by rules', '403 by rules'],
      ['nobody', push('team/app'), '202', '403 by rules', '403 by rules'],
      ['alice', `GET ${app('team/app')}`, '200', '403 by rules', '403 by rules'],
    ],
  },
  {
    name: 'open-root.test',
    lines: `
      location /v2/ { proxy_pass BACKEND; }
      location /v2/team/ { ${closed} proxy_pass BACKEND; }`,
    rows: [
      ['nobody', 'GET /v2/', '200', '200', '200'],
      ['nobody', `GET ${app('team/app')}`, '401 Basic', '401 Basic', '401 Basic'],
      ['ci', push('team/app'), '202', '202', '202'],
      ['intern', push('team/app'), '202', '403 by rules', '403 by rules'],
      ['ci', push('base/alpine'), '202', '403 by rules', '403 by rules'],
    ],
  },
  {
    name: 'open-for-reading.test',
    lines: `
      location /v2/ {
        auth_basic $asked_of_writers;
        auth_basic_user_file htpasswd;
        proxy_pass BACKEND;
      }`,
    rows: [
      ['nobody', `GET ${app('base/alpine')}`, '200', '403 by rules', '200'],
      ['nobody', `GET ${app('team/app')}`, '200', '403 by rules', '403 by rules'],
      ['nobody', push('team/app'), '401 Basic', '401 Basic', '401 Basic'],
      ['ci', push('team/app'), '202', '202', '202'],
      ['intern', push('team/app'), '202', '403 by rules', '403 by rules'],
    ],
  },
  {
    name: 'rewrites.test',
    lines: `
      ${closed}
      location /hub/ { proxy_pass BACKEND/v2/; }
      location /old/ { rewrite ^/old/(.*)$ /v2/team/$1 last; }
      location /v2/ { proxy_pass BACKEND; }
      location /v2/base/ { proxy_pass BACKEND/v2/secret/; }
      location /v2/elsewhere/ { proxy_pass BACKEND/elsewhere/; }
      location /elsewhere/ { proxy_pass BACKEND; }`,
    rows: [
      ['nobody', 'GET /hub/team/app/manifests/1.0', '401 Basic', '401 Basic', '401 Bearer'],
      ['intern', 'GET /hub/team/app/manifests/1.0', '200', '200', '200'],
      ['intern', 'GET /hub/secret/app/manifests/1.0', '200', '403 by rules', '401 Bearer by rules'],
      ['intern', 'GET /old/app/manifests/1.0', '200', '200', '200'],
      ['intern', 'POST /old/app/blobs/uploads/', '202', '403 by rules', '401 Bearer by rules'],
      // Behind it lies secret/app, and that is what rules are asked about.
      ['intern', 'GET /v2/base/app/manifests/1.0', '200', '403 by rules', '401 Bearer by rules'],
      ['alice', 'GET /v2/base/app/manifests/1.0', '200', '200', '200'],
      ['alice', 'GET /v2/elsewhere/app/manifests/1.0', '404', '403 by rules', '403 by rules'],
      ['intern', 'GET /elsewhere/app', '404', '404', '404'],
      // nginx decodes a path that it replaces a part of, and so the backend gets a slash.
      ['intern', 'GET /hub/team%2fapp/manifests/1.0', '200', '200', '200'],
      ['intern', 'GET /hub/secret%2fapp/manifests/1.0', '200', '403 by rules', '401 Bearer by rules'],
      ['alice', 'GET /v2/team%2fapp/manifests/1.0', '400', '400', '400'],
    ],
  },
  {
    name: 'error-pages.test',
    lines: `
      ${closed}
      error_page 401 403 404 = @behind;
      location /v2/ {
        if ($request_method = DELETE) { return 403; }
        proxy_pass BACKEND;
      }
      location @behind { auth_basic off; proxy_pass BACKEND; }`,
    rows: [
      ['nobody', `GET ${app('team/app')}`, '401 Basic', '401 Basic', '401 Bearer'],
      ['intern', `GET ${app('secret/app')}`, '200', '403 by rules', '401 Bearer by rules'],
      ['intern', push('team/app'), '202', '403 by rules', '401 Bearer by rules'],
      // The page of the file's own refusal is a location like any other: here it asks nobody, and then everybody is anonymous.
      ['alice', 'DELETE /v2/team/app/manifests/DIGEST', '404', '403 by rules', '403 by rules'],
    ],
  },
]

/** nginx-compat.conf, and a server for each of the other layouts beside the one that it has. */
function confFor(backend: string): string {
  const compat = readFileSync(new URL('../../nginx-compat.conf', import.meta.url), 'utf8')
    .replaceAll('/certs/', 'certs/')
    .replaceAll('/auth/', '')
    .replace('listen 5000 ssl', 'listen 127.0.0.1:PORT ssl')
    .replaceAll('registry-backend:5000', backend)
  const servers = layouts
    .filter(({ lines }) => lines !== null)
    .map(
      ({ name, lines }) => `
  server {
    listen 127.0.0.1:PORT ssl;
    server_name ${name};
    ssl_certificate certs/cert.pem;
    ssl_certificate_key certs/key.pem;
    ${lines?.replaceAll('BACKEND', 'http://registry')}
  }`,
    )
  const map = 'map $request_method $asked_of_writers { GET off; HEAD off; default Registry; }'
  return `${compat.slice(0, compat.lastIndexOf('}'))}\n  ${map}\n${servers.join('\n')}\n}\n`
}

describe('rules beside an nginx.conf', () => {
  let registry: ServedRegistry
  const gates: Gate[] = []
  beforeAll(async () => {
    registry = await serveRegistry()
    for (const repository of ['base/alpine', 'secret/app', 'team/app']) await pushImage(registry, repository, '1.0')
    const nginxConf = confFor(`127.0.0.1:${registry.port}`)
    for (const yaml of [{}, { yaml: rules }, { yaml: rules + anonymousRule }])
      gates.push(await startGate('', { nginxConf, ...yaml, others: ['ci', 'intern'], flags: ['--workers', '2'] }))
  })
  afterAll(async () => {
    for (const gate of gates) await gate.stop()
    await registry?.close()
  })

  const login = (who: string) => (who === 'nobody' ? '' : basic(who, passwordOf(who)))

  async function ask(gate: Gate | undefined, host: string, authorization: string, line: string) {
    const [answer] = await exchange(
      gate?.port ?? 0,
      request([
        `${line.replace('DIGEST', `sha256:${'0'.repeat(64)}`)} HTTP/1.1`,
        `Host: ${host}`,
        'Connection: close',
        ...(authorization === '' ? [] : [`Authorization: ${authorization}`]),
        ...(line.startsWith('POST ') ? ['Content-Length: 0'] : []),
      ]),
    )
    if (answer === undefined) throw new Error('no answer')
    return answer
  }

  function outcome(answer: Answer): string {
    const [scheme = ''] = header(answer, 'www-authenticate').split(' ', 1)
    const byRules = /no rule allows it|access rules/.test(answer.body) ? 'by rules' : ''
    return [String(answer.status), scheme, byRules].filter(Boolean).join(' ')
  }

  describe.each(layouts)('$name', ({ name, rows }) => {
    it.each(rows)('%s: %s -> %s, with rules %s, also for anonymous %s', async (who, line, ...expected) => {
      const outcomes: string[] = []
      for (const gate of gates) outcomes.push(outcome(await ask(gate, name, login(who), line)))
      expect(outcomes).toEqual(expected)
    })
  })

  it('a token does not lead further than a password', async () => {
    const scopes = ['team/app:pull,push', 'secret/app:pull'].map(each => `&scope=repository:${each}`).join('')
    const issued = await ask(gates[2], 'localhost', login('intern'), `GET /auth/token?service=portcullis${scopes}`)
    const token = `Bearer ${JSON.parse(issued.body).token}`
    const outcomes: string[] = []
    for (const [name, line] of [
      ['localhost', `GET ${app('team/app')}`],
      ['localhost', `GET ${app('secret/app')}`],
      ['localhost', push('team/app')],
      ['refuses.test', push('team/app')],
      ['rewrites.test', 'GET /hub/team/app/manifests/1.0'],
      ['rewrites.test', 'GET /v2/base/app/manifests/1.0'],
    ] as const)
      outcomes.push(outcome(await ask(gates[2], name, token, line)))
    expect(outcomes).toEqual(['200', '401 Bearer by rules', '401 Bearer by rules', '403', '200', '401 Bearer by rules'])
  })

  it('in no row do they allow what the nginx.conf alone refuses', () => {
    for (const [who, line, alone, ...others] of layouts.flatMap(({ rows }) => rows))
      if (!alone.startsWith('2')) for (const other of others) expect(other, `${who}: ${line}`).not.toMatch(/^2/)
  })
})
