/** Message heads that Node lets through and the gate does not. */
import { describe, expect, it } from 'vitest'
import { malformedHead } from '../../src/http/well-formed.js'

const host = ['Host', 'registry.local:5000']

describe('a head is well formed', () => {
  it.each([
    ['with a host', '1.1', host],
    ['with a host and a length', '1.1', [...host, 'Content-Length', '5']],
    ['with a length of 16 digits', '1.1', [...host, 'Content-Length', '9007199254740991']],
    ['with chunks', '1.1', [...host, 'Transfer-Encoding', 'chunked']],
    ['with chunks in capitals', '1.1', [...host, 'Transfer-Encoding', ' CHUNKED']],
    ['in HTTP/1.0 without a host', '1.0', []],
    ['with an IPv4 address', '1.1', ['Host', '192.0.2.1:443']],
    ['with an IPv6 address', '1.1', ['Host', '[::1]:5000']],
    ['with a name that ends in a dot', '1.1', ['Host', 'registry.local.']],
    ['with other headers twice', '1.1', [...host, 'Accept', 'a/b', 'Accept', 'c/d', 'X', 'y', 'X', 'z']],
  ])('%s', (_, version, rawHeaders) => {
    expect(malformedHead(version, rawHeaders)).toBeNull()
  })
})

describe('a head is malformed', () => {
  it.each([
    ['without a host', '1.1', [], 'the header host is missing'],
    ['with an empty host', '1.1', ['Host', ''], 'no host name'],
    ['with a path in the host', '1.1', ['Host', 'a/v2/'], 'no host name'],
    ['with userinfo in the host', '1.1', ['Host', 'u:p@a'], 'no host name'],
    ['with a list of hosts', '1.1', ['Host', 'a, b'], 'no host name'],
    ['with a host in HTTP/1.0 that is none', '1.0', ['Host', 'a b'], 'no host name'],
    ['with a port of six digits', '1.1', ['Host', 'a:500000'], 'no host name'],
    ['with the host twice', '1.1', [...host, ...host], 'host stands there twice'],
    [
      'with Authorization twice',
      '1.1',
      [...host, 'Authorization', 'a', 'AUTHORIZATION', 'b'],
      'authorization stands there twice',
    ],
    [
      'with the length twice',
      '1.1',
      [...host, 'Content-Length', '5', 'content-length', '5'],
      'content-length stands there twice',
    ],
    [
      'with the type twice',
      '1.1',
      [...host, 'Content-Type', 'a', 'Content-Type', 'b'],
      'content-type stands there twice',
    ],
    [
      'with chunks twice',
      '1.1',
      [...host, 'Transfer-Encoding', 'chunked', 'Transfer-Encoding', 'chunked'],
      'transfer-encoding stands there twice',
    ],
    ['with another coding', '1.1', [...host, 'Transfer-Encoding', 'gzip, chunked'], 'only transfer-encoding'],
    ['with an empty coding', '1.1', [...host, 'Transfer-Encoding', ''], 'only transfer-encoding'],
    ['with chunks in HTTP/1.0', '1.0', [...host, 'Transfer-Encoding', 'chunked'], 'HTTP/1.0'],
    [
      'with chunks and a length',
      '1.1',
      [...host, 'Content-Length', '5', 'Transfer-Encoding', 'chunked'],
      'exclude each other',
    ],
    ['with a length that is a word', '1.1', [...host, 'Content-Length', 'five'], 'no number'],
    ['with a negative length', '1.1', [...host, 'Content-Length', '-5'], 'no number'],
    ['with a length of 17 digits', '1.1', [...host, 'Content-Length', '90071992547409910'], 'no number'],
    ['with an empty length', '1.1', [...host, 'Content-Length', ''], 'no number'],
    ['with Transfer_Encoding', '1.1', [...host, 'Transfer_Encoding', 'chunked'], 'spelled almost like'],
    ['with Content.Length', '1.1', [...host, 'Content.Length', '5'], 'spelled almost like'],
    ['in HTTP/2.0', '2.0', host, 'no version of HTTP'],
    ['in HTTP/0.9', '0.9', [], 'no version of HTTP'],
  ])('%s', (_, version, rawHeaders, fault) => {
    expect(malformedHead(version, rawHeaders)).toContain(fault)
  })

  it('says so without repeating what the client sent', () => {
    const secret = 'Basic c2VjcmV0'
    expect(malformedHead('1.1', [...host, 'Authorization', secret, 'Authorization', secret])).not.toContain(secret)
    expect(malformedHead('1.1', ['Host', 'alice:secret@a'])).not.toContain('secret')
  })
})
