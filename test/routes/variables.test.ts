/** Variables that a table of requests does not show: maps, time, and what must not get into a header. */
import { describe, expect, it } from 'vitest'
import { askedRealm } from '../../src/routes/asked-realm.js'
import type { Environment } from '../../src/routes/built-in-variables.js'
import { headersForBackend, headersForResponse } from '../../src/routes/headers.js'
import { errorPageFor, routeRequest } from '../../src/routes/route-request.js'
import { selectServer } from '../../src/routes/select-server.js'
import { createVariables } from '../../src/routes/variables.js'
import { compiled, viewOf } from './outcome.js'

let clock = Date.UTC(2026, 10, 21, 5, 4, 3)
let requests = 0
const environment: Environment = {
  now: () => clock,
  requestId: () => String(++requests).padStart(32, '0'),
  hostname: 'gate',
  pid: 7,
}

function begin(text: string, target = '/', headers: Readonly<Record<string, string>> = { host: 'h' }) {
  const listener = compiled(text)
  const view = { ...viewOf('GET', target), headers }
  const server = selectServer(listener, headers.host)
  const variables = createVariables(server, view, environment)
  return { server, variables, decide: () => routeRequest(server, view, variables) }
}

describe('map', () => {
  const maps = `
    map $http_x_key $found { default other; "" none; one exact; ONE-TWO upper; ~^r(.)$ "regex-$1"; ~*^I icase; }
    map "$host $http_x_key" $pair { "h a" both; }
    map $host $zone { hostnames; default no; *.example wild; .x.test dot; www.* trailing; exact.example exact; }
    server { listen 80; }`

  it.each([
    ['', 'none'],
    ['one', 'exact'],
    ['One', 'exact'],
    ['one-two', 'upper'],
    ['rZ', 'regex-Z'],
    ['RZ', 'other'],
    ['Ixx', 'icase'],
    ['else', 'other'],
  ])('%j is mapped to %s', (key, value) => {
    expect(begin(maps, '/', { host: 'h', 'x-key': key }).variables.get('found')).toBe(value)
  })

  it('takes several variables as its source, and is empty without a default', () => {
    expect(begin(maps, '/', { host: 'h', 'x-key': 'a' }).variables.get('pair')).toBe('both')
    expect(begin(maps, '/', { host: 'h', 'x-key': 'b' }).variables.get('pair')).toBe('')
  })

  it.each([
    ['a.b.example', 'wild'],
    ['exact.example', 'exact'],
    ['x.test', 'dot'],
    ['y.x.test', 'dot'],
    ['www.any.org', 'trailing'],
    ['example', 'no'],
  ])('knows wildcards for the host %s', (host, value) => {
    expect(begin(maps, '/', { host }).variables.get('zone')).toBe(value)
  })

  it('ends when it names itself', () => {
    const { variables } = begin('map $b $a { default "a$b"; } map $a $b { default "b$a"; } server { listen 80; }')
    expect(variables.get('a').length).toBeLessThan(5)
  })

  it('is computed once, unless it is volatile', () => {
    const text = (word: string) => `map $args $m { ${word} default $args; } server { listen 80; }`
    for (const [word, later] of [
      ['', 'a'],
      ['volatile;', 'b'],
    ] as const) {
      const { variables } = begin(text(word), '/?a')
      expect(variables.get('m')).toBe('a')
      variables.set('args', 'b')
      expect(variables.get('m')).toBe(later)
    }
  })
})

describe('variables', () => {
  const plain = 'server { listen 80; }'

  it('of headers have no surprising names', () => {
    const { variables } = begin(plain)
    expect(
      ['constructor', 'http___proto__', 'http_constructor', 'arg___proto__'].map(name => variables.get(name)),
    ).toEqual(['', '', '', ''])
  })

  it('tell the time', () => {
    const { variables } = begin(plain)
    clock += 1500
    expect(variables.get('request_time')).toBe('1.500')
    expect(variables.get('msec')).toBe((clock / 1000).toFixed(3))
    expect(variables.get('time_iso8601')).toMatch(/^2026-11-2\dT\d\d:\d4:0\d[+-]\d\d:\d\d$/)
    expect(variables.get('time_local')).toMatch(/^2\d\/Nov\/2026:\d\d:\d4:0\d [+-]\d{4}$/)
  })

  it('name a request by one id', () => {
    const { variables } = begin(plain)
    expect(variables.get('request_id')).toBe(variables.get('request_id'))
  })

  it('know the answer once it is there', () => {
    const { variables, decide } = begin('server { listen 80; location / { proxy_pass http://a; } }')
    const decision = decide()
    expect(variables.get('status')).toBe('000')
    headersForResponse(decision, variables, 202, [{ name: 'Docker-Upload-UUID', value: 'u' }])
    expect(['status', 'upstream_status', 'upstream_http_docker_upload_uuid'].map(name => variables.get(name))).toEqual([
      '202',
      '202',
      'u',
    ])
  })
})

describe('what a client writes into a path', () => {
  const text = `server { listen 80;
    location /r { return 302 https://$host$uri; }
    location / { proxy_pass http://a; proxy_set_header X-U $uri; add_header X-U $uri always; } }`

  it('begins no other header', () => {
    const { variables, decide } = begin(text, '/a%0d%0aX:%20y')
    const decision = decide()
    expect(headersForBackend(decision, variables)).toContainEqual({ name: 'X-U', value: '/a  X: y' })
    expect(headersForResponse(decision, variables, 200, [])).toContainEqual({ name: 'X-U', value: '/a  X: y' })
    expect(begin(text, '/r%0d%0aX').decide()).toMatchObject({ location: 'https://h/r%0D%0AX' })
  })
})

describe('the realm', () => {
  const text = `map $host $realm { default "Registry of $host"; open.test off; }
    server { listen 80; location / { auth_basic $realm; auth_basic_user_file users; proxy_pass http://a; } }`
  it.each([
    ['h', 'Registry of h'],
    ['open.test', null],
  ])('for %s is %j', (host, realm) => {
    const { variables, decide } = begin(text, '/', { host })
    expect(askedRealm(decide().route, variables)).toBe(realm)
  })
})

describe('the error page of a status that the gate gives', () => {
  const text = `server { listen 80;
    error_page 502 /50x.html; error_page 401 = @login; error_page 413 https://big/; error_page 504 /v2/again;
    location = /50x.html { root /srv; }
    location @login { return 401 "log in"; }
    location / { proxy_pass http://a; } }`

  it.each([
    [
      502,
      {
        kind: 'serve',
        status: 502,
        method: 'GET',
        uri: '/50x.html',
        route: { content: { kind: 'files', root: '/srv' } },
      },
    ],
    [401, { kind: 'answer', status: 401, body: 'log in' }],
    [413, { kind: 'answer', status: 302, location: 'https://big/' }],
    [504, { kind: 'serve', status: 504, forward: { target: '/v2/again' } }],
  ])('%i', (status, expected) => {
    const { server, variables, decide } = begin(text, '/v2/')
    expect(errorPageFor(server, decide(), status, variables)).toMatchObject(expected)
  })

  it('is none for another status, and none for a fault of an error page', () => {
    const { server, variables, decide } = begin(text, '/v2/')
    const decision = decide()
    expect(errorPageFor(server, decision, 404, variables)).toBeNull()
    expect(errorPageFor(server, decision, 502, variables)).not.toBeNull()
    expect(errorPageFor(server, decision, 401, variables)).toBeNull()
  })
})

describe('several servers of an upstream', () => {
  it('take turns by weight, and name the others for a failed connection', () => {
    const listener = compiled(`upstream u { server a:1 weight=2; server b:2; server c:3 backup; server d:4 down; }
      server { listen 80; location / { proxy_pass http://u; proxy_set_header X $proxy_host; } }`)
    const turns = Array.from({ length: 6 }, () => {
      const view = viewOf('GET', '/')
      const variables = createVariables(listener.defaultServer, view)
      const decision = routeRequest(listener.defaultServer, view, variables)
      const forward = decision.kind === 'serve' ? decision.forward : null
      return `${forward?.backend} then ${forward?.alternatives.join(' ')} as ${headersForBackend(decision, variables)[0]?.value}`
    })
    const a = 'http://a:1 then http://b:2 http://c:3 as u'
    const b = 'http://b:2 then http://a:1 http://c:3 as u'
    expect(turns).toEqual([a, b, a, a, b, a])
  })

  it('are answered for with 502 when all are down', () => {
    const { decide } = begin(
      'upstream u { server a:1 down; } server { listen 80; location / { proxy_pass http://u; } }',
    )
    expect(decide()).toMatchObject({ kind: 'answer', status: 502 })
  })
})
