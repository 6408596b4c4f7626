/** Which directives are known: those of the recipes that people use, and no others. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { knownDirectives } from '../../src/nginx/modules/table.js'
import { unsupportedDirectives } from '../../src/nginx/modules/unsupported.js'
import { builtInVariables } from '../../src/routes/known-variables.js'

const expected = `
  access_log add_header auth_basic auth_basic_user_file break chunked_transfer_encoding client_max_body_size error_log error_page events
  http if listen location map proxy_buffering proxy_pass proxy_read_timeout proxy_send_timeout proxy_set_header return rewrite root
  server server_name set ssl ssl_certificate ssl_certificate_key ssl_ciphers ssl_prefer_server_ciphers ssl_protocols ssl_session_cache
  ssl_session_timeout upstream worker_connections worker_processes`

const documentation = readFileSync(new URL('../../docs/nginx.md', import.meta.url), 'utf8')

describe('the table of directives', () => {
  it('knows what a registry behind nginx is usually configured with; include is read before it', () => {
    expect([...knownDirectives.keys()].sort()).toEqual(expected.trim().split(/\s+/))
  })

  it('does not call a known directive unsupported', () => {
    expect([...unsupportedDirectives.keys()].filter(name => knownDirectives.has(name))).toEqual([])
  })
})

describe('docs/nginx.md', () => {
  it('says what becomes of every known directive', () => {
    expect([...knownDirectives.keys()].filter(name => !documentation.includes(`\`${name}\``))).toEqual([])
  })

  it('names every variable', () => {
    expect(builtInVariables.filter(name => !documentation.includes(`\`$${name}\``))).toEqual([])
  })
})
