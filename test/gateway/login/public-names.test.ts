/** Which names a gate in token mode speaks for, and what it calls itself then. */
import { describe, expect, it } from 'vitest'
import { RequestError } from '../../../src/errors/request-error.js'
import { publicNames, publicOrigin } from '../../../src/gateway/login/public-names.js'
import { compiled, viewOf } from '../../routes/outcome.js'

const names = publicNames(['registry.local', '*.Example.com', '10.0.0.5', 'fd00:0:0::5', 'Gate'])
const listener = compiled('server { listen 5000; server_name nginx.example *.internal ~^r\\d+$; return 204; }')

function originOf(host: string | undefined, change: object = {}, trusted = false): string {
  const view = { ...viewOf('GET', '/v2/'), scheme: 'https' as const, serverAddress: '192.168.7.7', ...change }
  try {
    const headers = { ...view.headers, host }
    return publicOrigin({ ...view, headers }, { listener, names, trusted: () => trusted })
  } catch (error) {
    return error instanceof RequestError ? `${error.status} ${error.message}` : String(error)
  }
}

describe('a name', () => {
  it.each([
    'registry.local',
    'registry.local:5000',
    'Registry.Local:443',
    'registry.local.',
    'a.example.com',
    'gate:5000',
    '10.0.0.5:5000',
    '[fd00::5]:5000',
    '[FD00:0::5]',
    'localhost:1',
    '127.0.0.1:5000',
    '127.9.9.9',
    '[::1]:5000',
    '192.168.7.7:5000',
    'nginx.example',
    'cache.internal:5000',
    'r42',
  ])('that is ours is used as the client wrote it: %s', host => expect(originOf(host)).toBe(`https://${host}`))

  it.each([
    'evil.example',
    'example.com',
    'a.b.example.com',
    'registry.local.evil.example',
    'notregistry.local',
    '10.0.0.6',
    '192.168.7.8',
    '[fd00::6]',
    '128.0.0.1',
    'localhost.evil.example',
    'r',
  ])('that is not is refused: %s', host => expect(originOf(host)).toMatch(/^421 this gate does not answer for /))

  it('that is missing is the address of arrival', () => {
    expect(originOf(undefined, { serverPort: 5000 })).toBe('https://192.168.7.7:5000')
    expect(originOf(undefined, { serverAddress: 'fd00::9', serverPort: 5000 })).toBe('https://[fd00::9]:5000')
  })
})

describe('the scheme', () => {
  const said = (value: string) => ({ scheme: 'http', headers: { 'x-forwarded-proto': value } })
  it.each([
    ['of the connection', {}, false, 'https'],
    ['of the connection, in the clear', { scheme: 'http' }, false, 'http'],
    ['of the connection, where nobody may say another', said('https'), false, 'http'],
    ['that a trusted proxy says', said('https'), true, 'https'],
    ['of the connection, where a trusted proxy says nonsense', said('gopher'), true, 'http'],
  ])('is the one %s', (_, change, trusted, scheme) =>
    expect(originOf('localhost', change, trusted)).toBe(`${scheme}://localhost`),
  )
})
