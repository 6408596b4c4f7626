/** The table of directives: every directive that is honoured has an effect; docs/nginx.md names every variable. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { modules } from '../../src/nginx/modules/table.js'
import { settingsFromNginxConf } from '../../src/nginx/nginx-conf.js'
import { builtInVariables } from '../../src/routes/known-variables.js'

const documentation = readFileSync(new URL('../../docs/nginx.md', import.meta.url), 'utf8')

type Row = (typeof modules)[number]['rows'][number]
/** The directives whose value a block passes on. */
type Inherited = Extract<Row, { readonly decision: { readonly kind: 'inherited' } }>['name']

const certificate = 'ssl_certificate a.pem; ssl_certificate_key a.key;'
const ssl = `listen 5001 ssl; ${certificate}`

/** A line of each, and what has to stand beside it in the server for it to have an effect. */
const examples: Readonly<Record<Inherited, readonly [line: string, beside?: string]>> = {
  access_log: ['access_log off;'],
  add_header: ['add_header X-Frame-Options DENY;'],
  auth_basic: ['auth_basic Registry;', 'auth_basic_user_file users;'],
  auth_basic_user_file: ['auth_basic_user_file users;', 'auth_basic Registry;'],
  index: ['index registry.html;', 'root /srv;'],
  client_max_body_size: ['client_max_body_size 3;'],
  error_page: ['error_page 404 /missing;'],
  proxy_read_timeout: ['proxy_read_timeout 3s;'],
  proxy_send_timeout: ['proxy_send_timeout 3s;'],
  proxy_set_header: ['proxy_set_header Host registry;'],
  root: ['root /srv;'],
  ssl: ['ssl on;', certificate],
  ssl_certificate: ['ssl_certificate b.pem;', `${ssl} ssl_certificate_key b.key;`],
  ssl_certificate_key: ['ssl_certificate_key b.key;', `listen 5001 ssl; ssl_certificate a.pem;`],
  ssl_ciphers: ['ssl_ciphers ECDHE-RSA-AES256-GCM-SHA384;', ssl],
  ssl_prefer_server_ciphers: ['ssl_prefer_server_ciphers on;', ssl],
  ssl_protocols: ['ssl_protocols TLSv1.3;', ssl],
}

/** What a server with these lines compiles to; null where it does not. */
function compiled(lines: string): string | null {
  try {
    const text = `server { listen 5000; ${lines} }`
    return JSON.stringify(settingsFromNginxConf('nginx.conf', { read: () => text, glob: () => [] }).listeners)
  } catch {
    return null
  }
}

describe('a directive that is honoured changes what its server compiles to', () => {
  it.each(Object.entries(examples))('%s', (_name, [line, beside = '']) => {
    const withLine = compiled(`${line} ${beside}`)
    expect(withLine).not.toBeNull()
    expect(withLine).not.toBe(compiled(beside))
  })
})

describe('the table of directives', () => {
  it('has one row for a directive in a block', () => {
    const places = modules
      .flatMap(module =>
        module.rows.flatMap((row): string[] => row.contexts.map(context => `${row.name} in ${context}`)),
      )
      .toSorted()
    expect(places.filter((place, index) => place === places[index - 1])).toEqual([])
  })

  it('does not refuse a directive that it honours or ignores', () => {
    const rows = modules.flatMap((module): readonly Row[] => module.rows)
    const known = new Set(rows.filter(row => row.decision.kind !== 'refused').map(row => row.name))
    expect(rows.filter(row => row.decision.kind === 'refused' && known.has(row.name)).map(row => row.name)).toEqual([])
  })
})

describe('docs/nginx.md', () => {
  it('names every variable', () => {
    expect(builtInVariables.filter(name => !documentation.includes(`\`$${name}\``))).toEqual([])
  })
})
