/** Which headers end at the gate, whatever Connection names, and which ones no client may send. */
import { describe, expect, it } from 'vitest'
import { hopByHopHeaders } from '../../src/http/hop-by-hop.js'
import { isIdentityHeader } from '../../src/http/identity-headers.js'

describe('hop-by-hop headers', () => {
  it.each([
    ['connection', undefined, true],
    ['keep-alive', undefined, true],
    ['proxy-authorization', undefined, true],
    ['proxy-connection', undefined, true],
    ['te', undefined, true],
    ['trailer', undefined, true],
    ['transfer-encoding', undefined, true],
    ['upgrade', undefined, true],
    ['accept', undefined, false],
    ['accept', 'keep-alive', false],
    ['accept', 'Accept', true],
    ['accept', 'close, ACCEPT ', true],
    ['http2-settings', 'Upgrade, HTTP2-Settings', true],
    ['host', 'Host', false],
    ['content-length', 'Content-Length', false],
    ['content-type', 'content-type', false],
    ['content-range', 'content-range', false],
    ['authorization', 'Authorization', false],
    ['accept', '', false],
    ['accept', ',,', false],
  ])('%s with Connection: %s -> %s', (name, connection, stops) => {
    expect(hopByHopHeaders(connection)(name)).toBe(stops)
  })
})

describe('headers by which a client would name itself', () => {
  it.each([
    'x-remote-user',
    'remote-user',
    'x-forwarded-user',
    'x_forwarded_for',
    'x.remote.user',
    'http_x_remote_user',
    'user',
    'ssl-client-s-dn',
  ])('%s is dropped', name => expect(isIdentityHeader(name)).toBe(true))
  it.each([
    'user-agent',
    'authorization',
    'x-forwarded-for',
    'accept',
    'docker-upload-uuid',
    'x-registry-supports-signatures',
    'content-type',
  ])('%s is not one', name => expect(isIdentityHeader(name)).toBe(false))
})
