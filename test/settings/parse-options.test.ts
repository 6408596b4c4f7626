/** Which values are understood, and how; what is said about the others stands in test/cases/mistakes. */
import { describe, expect, it } from 'vitest'
import { isEmbedded } from '../../src/settings/fill-in.js'
import { optionNames } from '../../src/settings/options/parse-options.js'
import { parseAddress } from '../../src/settings/options/special-types.js'
import { optionsFrom } from './read-yaml-text.js'

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
    expect(parseAddress(value)).toEqual({ host, port })
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
    expect(parseAddress(value)).toBeNull()
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
    const { options, problems } = optionsFrom({ backend: value })
    expect(problems).toEqual([])
    expect(options.backend).toEqual({ value, where: '--backend', from: 'flag' })
  })

  it.each([undefined, 'embedded', 'Embedded'])('%s is the embedded one', value => {
    const { options } = optionsFrom(value === undefined ? {} : { backend: value })
    expect(isEmbedded(options.backend.value)).toBe(true)
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
    const { problems } = optionsFrom({ backend: value })
    expect(problems.length).toBeGreaterThan(0)
    expect(JSON.stringify(problems)).not.toContain('hunter')
  })
})

it('what nobody said has its default', () => {
  const { options, problems } = optionsFrom({})
  expect(problems).toEqual([])
  expect(optionNames.map(name => options[name].from)).toEqual(optionNames.map(() => 'default'))
  expect(options).toMatchObject({
    listen: { value: { host: '0.0.0.0', port: 5000 }, where: 'the default address' },
    htpasswd: { value: null },
    certs: { value: 'certs', where: 'certs' },
    hosts: { value: [] },
    drain: { value: 600_000 },
    workers: { value: 'auto' },
    logLevel: { value: 'info' },
    logFormat: { value: null },
  })
})

describe('the time that transfers get when the gate stops', () => {
  it.each([
    ['0', 0],
    ['60', 60_000],
    ['0.5', 500],
    ['86400', 86_400_000],
  ])('%s seconds', (value, drainMs) => {
    const { options, problems } = optionsFrom({ drain: value })
    expect(problems).toEqual([])
    expect(options.drain.value).toBe(drainMs)
  })
})
