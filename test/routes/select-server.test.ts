/** Which server of an address gets a request. */
import { describe, expect, it } from 'vitest'
import { selectServer } from '../../src/routes/select-server.js'
import { createVariables } from '../../src/routes/variables.js'
import { compiled, viewOf } from './outcome.js'

const listener = compiled(`
  server { server_name first; }
  server { server_name *.b.example .c.example; }
  server { server_name *.example "www.example.*"; }
  server { server_name ~^(?<sub>[a-z]+)\\d\\.d\\.test$ ~^x; }
  server { server_name a.b.example; }
  server { server_name ""; }
  server { server_name "mail.*" 10.0.0.1 [::1]; }`)

describe('the server of a name', () => {
  it.each([
    ['first', 'first'],
    ['FIRST:5000', 'first'],
    ['first.', 'first'],
    ['a.b.example', 'a.b.example'],
    ['x.y.b.example:443', '*.b.example'],
    ['b.example', '*.example'],
    ['c.example', '*.b.example'],
    ['q.c.example', '*.b.example'],
    ['www.example.org', '*.example'],
    ['mail.anything.org', 'mail.*'],
    ['ab1.d.test', '~^(?<sub>[a-z]+)\\d\\.d\\.test$'],
    ['10.0.0.1:80', 'mail.*'],
    ['[::1]:80', 'mail.*'],
    [`${'a.'.repeat(1000)}c.example`, '*.b.example'],
    [`www.example.${'a.'.repeat(1000)}org`, '*.example'],
    ['unknown', 'first'],
    ['', ''],
    [undefined, ''],
  ])('%j is %s', (host, name) => {
    expect(selectServer(listener, host).settings.primaryName).toBe(name)
  })

  it('puts the named groups of its expression into variables', () => {
    const view = { ...viewOf('GET', '/'), headers: { host: 'ab1.d.test' } }
    const variables = createVariables(selectServer(listener, 'ab1.d.test'), view)
    expect([variables.get('sub'), variables.get('1'), variables.get('host')]).toEqual(['ab', 'ab', 'ab1.d.test'])
  })
})
