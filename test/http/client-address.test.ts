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
    // nginx's ngx_parse_addr_port reads these.
    ['203.0.113.7:54321', '203.0.113.7'],
    ['[2001:db8::1]:54321', '2001:db8::1'],
    ['2001:db8::1', '2001:db8::1'],
    ['2001:db8:1:2:3:4:5:6:443', '2001:db8:1:2:3:4:5:6'],
    // Others write these.
    ['[2001:db8::1]', '2001:db8::1'],
    ['"203.0.113.7"', '203.0.113.7'],
    ['"[2001:db8::1]:54321"', '2001:db8::1'],
    ['"[2001:db8::1]":54321', '2001:db8::1'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['[::ffff:203.0.113.9]:443', '203.0.113.9'],
    ['::FFFF:CB00:7109', '203.0.113.9'],
    ['0:0:0:0:0:ffff:203.0.113.9', '203.0.113.9'],
    ['2001:0DB8:0:0::0001', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['[fe80::1%25eth0]:8080', 'fe80::1'],
  ])('of an element %s', (element, address) => {
    expect(clientAddress('10.1.1.1', element, trusted)).toBe(address)
    expect(clientAddress('10.1.1.1', `192.0.2.99, ${element}`, trusted)).toBe(address)
    expect(clientAddress('10.1.1.1', `${element},10.2.2.2:80`, trusted)).toBe(address)
  })

  it.each([
    'unknown',
    '_hidden',
    '_SEVKISEK:4711',
    'registry.local',
    '203.0.113',
    '203.0.113.7:',
    '203.0.113.7:0',
    '203.0.113.7:65536',
    '203.0.113.7:x',
    '203.0.113.7:443:443',
    '203.0.113.07',
    '203.0.113.256',
    '[203.0.113.7',
    '203.0.113.7]',
    '[2001:db8::1]443',
    '[2001:db8::1]:',
    '[]',
    '[]:80',
    ':80',
    '""',
    '-',
    '203.0.113.7/32',
    'for=203.0.113.7',
    '\uFF11.1.1.1',
  ])('is the last one before an element that holds none: %s', element => {
    expect(clientAddress('10.1.1.1', element, trusted)).toBe('10.1.1.1')
    expect(clientAddress('10.1.1.1', `203.0.113.7, ${element}`, trusted)).toBe('10.1.1.1')
    expect(clientAddress('10.1.1.1', `203.0.113.7, ${element}, 10.2.2.2`, trusted)).toBe('10.2.2.2')
  })

  it.each([
    ['203.0.113.7,', '203.0.113.7'],
    ['203.0.113.7, , ,', '203.0.113.7'],
    [', 203.0.113.7,,10.2.2.2 ,\t', '203.0.113.7'],
    ['192.0.2.99 203.0.113.7', '203.0.113.7'],
    ['203.0.113.7 \t 10.2.2.2', '203.0.113.7'],
    [',', '10.1.1.1'],
    ['   ', '10.1.1.1'],
  ])('where elements are empty or only blanks part them, as nginx reads it: %j', (header, address) => {
    expect(clientAddress('10.1.1.1', header, trusted)).toBe(address)
  })

  it.each([',', ' ', '"', '[', ':', '%', '1.2.3.4:', '10.1.1.1,', '[::1]:1,', '"[fd00::1%1]":1 '])(
    'takes linear time: eight long headers of %j cost about as much as 64 short ones',
    piece => {
      const cost = (bytes: number, times: number) => {
        const header = piece.repeat(bytes / piece.length)
        const began = process.cpuUsage()
        for (let count = 0; count < times; count++) clientAddress('10.1.1.1', header, trusted)
        const { user, system } = process.cpuUsage(began)
        return user + system
      }
      cost(8 * 1024, 64)
      // Work of square time would cost eight times as much. Microseconds; 20 ms are for the collector of garbage.
      expect(cost(64 * 1024, 8)).toBeLessThan(4 * cost(8 * 1024, 64) + 20_000)
    },
  )

  it.each([
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['192.0.2.1', '192.0.2.1'],
    ['::1', '::1'],
    ['::ffff:abcd', '::ffff:abcd'],
    ['fe80::1%eth0', 'fe80::1'],
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
