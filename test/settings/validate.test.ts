/** Which values are understood, and how; what is said about the others stands in test/cases/mistakes. */
import { describe, expect, it } from 'vitest'
import { parseListen, validate } from '../../src/settings/validate.js'

const given = (value: string) => ({ value, where: '--flag' })

describe('an address to listen on', () => {
  it.each([
    ['5000', '0.0.0.0', 5000],
    ['0', '0.0.0.0', 0],
    ['65535', '0.0.0.0', 65_535],
    ['127.0.0.1:5000', '127.0.0.1', 5000],
    ['localhost:0', 'localhost', 0],
    ['registry.example.com:443', 'registry.example.com', 443],
    ['[::]:5000', '::', 5000],
    ['[::1]:5000', '::1', 5000],
    ['[2001:db8::7]:5000', '2001:db8::7', 5000],
  ])('%s is %s, port %i', (value, host, port) => {
    expect(parseListen(given(value))).toEqual({ host, port, where: '--flag' })
  })

  it.each([
    '',
    'everywhere',
    ':5000',
    '127.0.0.1',
    '127.0.0.1:',
    '::1:5000',
    '[::1]',
    '65536',
    '-1',
    '5e3',
    ' 5000',
    '5000\n',
  ])('%j is none', value => {
    expect(parseListen(given(value))).toBeNull()
  })
})

describe('a backend', () => {
  it.each([
    'http://registry-backend:5000',
    'http://registry-backend:5000/',
    'https://registry.example.com',
    'HTTP://Registry:5000',
    'http://[::1]:5000',
  ])('%s is one', value => {
    const { choices, problems } = validate({ backend: given(value) })
    expect(problems).toEqual([])
    expect(choices.backend).toEqual(given(value))
  })

  it.each([undefined, 'embedded', 'Embedded'])('%s is the embedded one', value => {
    expect(validate(value === undefined ? {} : { backend: given(value) }).choices.backend).toBe('embedded')
  })

  it.each([
    'http://admin:hunter2@registry:5000',
    'http://admin:hunter2@registry:5000/v2',
    'http://admin:hunter/2@registry:5000',
    'http://admin:hunter@2@registry:99999',
    'https:admin:hunter2@registry',
    'admin:hunter2@registry:5000',
    'ftp://admin:hunter2@registry',
    'http://admin:hunter2@',
  ])('%s is refused, and nothing said about it holds the password', value => {
    const { problems } = validate({ backend: given(value) })
    expect(problems.length).toBeGreaterThan(0)
    expect(JSON.stringify(problems)).not.toContain('hunter')
  })
})

it('what nobody said is left open or has its default', () => {
  expect(validate({})).toEqual({
    problems: [],
    choices: {
      listen: { host: '0.0.0.0', port: 5000, where: 'the default address' },
      backend: 'embedded',
      htpasswd: null,
      pair: null,
      certs: { value: 'certs', where: 'certs' },
      hosts: [],
      data: { value: 'data', where: 'data' },
      trustedProxies: [],
      proxyProtocol: [],
      metrics: null,
      drainMs: 600_000,
      connections: null,
      workers: 'auto',
      logLevel: 'info',
      logFormat: null,
    },
  })
})

describe('the time that transfers get when the gate stops', () => {
  it.each([
    ['0', 0],
    ['60', 60_000],
    ['0.5', 500],
    ['86400', 86_400_000],
  ])('%s seconds', (value, drainMs) => {
    const { choices, problems } = validate({ drain: given(value) })
    expect(problems).toEqual([])
    expect(choices.drainMs).toBe(drainMs)
  })
})
