/** Whose address a request comes from, with proxies between that are trusted and others that are not. */
import { describe, expect, it } from 'vitest'
import { clientAddress, isNetwork, plainAddress, trustedNetworks } from '../../src/http/client-address.js'

const trusted = trustedNetworks(['10.0.0.0/8', '192.0.2.7', 'fd00::/8'])

describe('the address of the client', () => {
  it.each([
    ['nobody between', '203.0.113.5', undefined, '203.0.113.5'],
    ['a forged header', '203.0.113.5', '1.2.3.4', '203.0.113.5'],
    ['one trusted proxy', '10.1.1.1', '203.0.113.5', '203.0.113.5'],
    ['one trusted proxy, a forged part before', '10.1.1.1', '1.2.3.4, 203.0.113.5', '203.0.113.5'],
    ['two trusted proxies', '10.1.1.1', '203.0.113.5, 192.0.2.7', '203.0.113.5'],
    ['trusted proxies alone', '10.1.1.1', '10.2.2.2, 10.3.3.3', '10.2.2.2'],
    ['a trusted proxy that says nothing', '10.1.1.1', undefined, '10.1.1.1'],
    ['a trusted proxy that says nonsense', '10.1.1.1', 'unknown', '10.1.1.1'],
    ['nonsense behind an address', '10.1.1.1', '203.0.113.5, unknown', '10.1.1.1'],
    ['an empty header', '10.1.1.1', '', '10.1.1.1'],
    ['IPv6', 'fd00::1', '2001:db8::5', '2001:db8::5'],
    ['IPv4 in IPv6', '10.1.1.1', '::ffff:203.0.113.5', '203.0.113.5'],
  ])('%s', (_, remote, header, address) => {
    expect(clientAddress(remote, header, trusted)).toBe(address)
  })

  it.each([
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['192.0.2.1', '192.0.2.1'],
    ['::1', '::1'],
    ['::ffff:abcd', '::ffff:abcd'],
    [undefined, ''],
  ])('%s of a socket is written %s', (address, plain) => {
    expect(plainAddress(address)).toBe(plain)
  })
})

describe('a list of trusted proxies', () => {
  it.each([
    ['10.255.255.255', true],
    ['11.0.0.0', false],
    ['192.0.2.7', true],
    ['192.0.2.8', false],
    ['fd12::1', true],
    ['fe80::1', false],
    ['', false],
    ['registry.local', false],
  ])('%s -> %s', (address, expected) => {
    expect(trusted(address)).toBe(expected)
  })

  it('trusts nobody when it is empty', () => {
    expect(trustedNetworks([])('127.0.0.1')).toBe(false)
  })

  it.each([
    ['10.0.0.0/8', true],
    ['10.0.0.1', true],
    ['::/0', true],
    ['fd00::/128', true],
    ['10.0.0.0/33', false],
    ['fd00::/129', false],
    ['10.0.0.0/', false],
    ['10.0.0.0/8/8', false],
    ['10.0.0.0/-1', false],
    ['registry.local', false],
    ['', false],
  ])('%s is a network: %s', (text, expected) => {
    expect(isNetwork(text)).toBe(expected)
  })
})
