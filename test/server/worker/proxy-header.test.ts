/** What is read in the header of a balancer: one line for each header, as its bytes stand on the wire. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { maxProxyHeader, type ProxyHeader, readProxyHeader } from '../../../src/server/worker/proxy-header.js'
import { binaryHeader, ipv4, ipv6, tlv } from './proxy-headers.js'

const text = (line: string) => Buffer.from(line, 'latin1')
const from = (address: string, port: number) => ({ address, port })
const long6 = 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'
/** With a whole header of 16 bytes and so many more. */
const ofSize = (size: number) => binaryHeader(0x21, 0x11, Buffer.concat([ipv4('192.0.2.7', 4711), Buffer.alloc(size)]))

const whole: readonly (readonly [what: string, bytes: Buffer, peer: ReturnType<typeof from> | null])[] = [
  ['v1, IPv4', text('PROXY TCP4 192.0.2.7 10.0.0.1 4711 5000\r\n'), from('192.0.2.7', 4711)],
  [
    'v1, IPv4, as long as can be',
    text('PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n'),
    from('255.255.255.255', 65_535),
  ],
  ['v1, port 0', text('PROXY TCP4 192.0.2.7 10.0.0.1 0 0\r\n'), from('192.0.2.7', 0)],
  ['v1, IPv6', text('PROXY TCP6 2001:db8::7 2001:db8::1 4711 5000\r\n'), from('2001:db8::7', 4711)],
  ['v1, IPv6 in other words', text('PROXY TCP6 2001:0DB8:0:0:0:0:0:7 ::1 1 2\r\n'), from('2001:db8::7', 1)],
  ['v1, IPv6 as long as can be', text(`PROXY TCP6 ${long6} ${long6} 65535 65535\r\n`), from(long6, 65_535)],
  ['v1, IPv4 within IPv6', text('PROXY TCP6 ::ffff:192.0.2.7 ::1 1 2\r\n'), from('192.0.2.7', 1)],
  ['v1, UNKNOWN', text('PROXY UNKNOWN\r\n'), null],
  ['v1, UNKNOWN and more', text(`PROXY UNKNOWN ${long6} ${long6} 65535 65535\r\n`), null],
  ['v2, IPv4', binaryHeader(0x21, 0x11, ipv4('192.0.2.7', 4711)), from('192.0.2.7', 4711)],
  ['v2, IPv6', binaryHeader(0x21, 0x21, ipv6('20010db8000000000000000000000007', 4711)), from('2001:db8::7', 4711)],
  [
    'v2, IPv4 within IPv6',
    binaryHeader(0x21, 0x21, ipv6('00000000000000000000ffffc0000207', 4711)),
    from('192.0.2.7', 4711),
  ],
  [
    'v2, IPv4 with TLVs',
    binaryHeader(0x21, 0x11, Buffer.concat([ipv4('192.0.2.7', 4711), tlv(0x02, 'registry.local'), tlv(0x04, '')])),
    from('192.0.2.7', 4711),
  ],
  [
    'v2, IPv6 with TLVs',
    binaryHeader(0x21, 0x21, Buffer.concat([ipv6('20010db8000000000000000000000007', 1), tlv(0x05, 'x'.repeat(128))])),
    from('2001:db8::7', 1),
  ],
  ['v2, TLVs of 4 KiB', ofSize(4_096 - 12), from('192.0.2.7', 4711)],
  ['v2, LOCAL', binaryHeader(0x20, 0x00), null],
  ['v2, LOCAL with an address', binaryHeader(0x20, 0x11, ipv4('192.0.2.7', 4711)), null],
  ['v2, LOCAL of a family that is none', binaryHeader(0x20, 0xff, Buffer.from('abc')), null],
  ['v2, UNSPEC', binaryHeader(0x21, 0x00), null],
  ['v2, UNSPEC with TLVs', binaryHeader(0x21, 0x00, tlv(0x04, 'padding')), null],
  ['v2, UDP', binaryHeader(0x21, 0x12, ipv4('192.0.2.7', 4711)), null],
  ['v2, a Unix socket', binaryHeader(0x21, 0x31, Buffer.alloc(216)), null],
]

describe('a header', () => {
  it.each(whole)('%s: is read, and what is behind it is not', (_, bytes, peer) => {
    const expected: ProxyHeader = { kind: 'complete', length: bytes.length, peer }
    expect(readProxyHeader(bytes)).toEqual(expected)
    expect(readProxyHeader(Buffer.concat([bytes, text('\x16\x03\x01 and more')]))).toEqual(expected)
    expect(readProxyHeader(Buffer.concat([bytes, bytes]))).toEqual(expected)
  })

  it.each(whole)('%s: is waited for up to its last byte', (_, bytes) => {
    for (let length = 0; length < bytes.length; length++)
      expect(readProxyHeader(bytes.subarray(0, length)), `${length} bytes`).toEqual({ kind: 'incomplete' })
  })
})

describe('no header', () => {
  const nothing = 'what comes is no PROXY header'
  const line = 'the line of a PROXY header does not end'
  const unknown = 'a PROXY header names an unknown protocol'
  const addresses = 'a PROXY header holds no pair of addresses and ports'
  const version = 'a PROXY header has an unknown version or command'
  it.each([
    ['the beginning of TLS', text('\x16\x03\x01'), nothing],
    ['plain HTTP', text('GET /v2/ HTTP/1.1\r\n'), nothing],
    ['PROXY in small letters', text('proxy TCP4'), nothing],
    ['something almost like v1', text('PROXYTCP4 '), nothing],
    ['something almost like v2', text('\r\n\r\n\0\r\nQUIX'), nothing],
    ['a line that does not end', text(`PROXY UNKNOWN ${'x'.repeat(200)}`), line],
    ['a line one byte too long', text(`PROXY UNKNOWN ${'x'.repeat(92)}\r\n`), line],
    ['a line that ends with LF alone', text(`PROXY TCP4 192.0.2.7 10.0.0.1 1 2\n${'x'.repeat(100)}`), line],
    ['a line that ends with CR alone', text(`PROXY TCP4 192.0.2.7 10.0.0.1 1 2\r${'x'.repeat(100)}`), line],
    ['v1 of another protocol', text('PROXY UDP4 192.0.2.7 10.0.0.1 1 2\r\n'), unknown],
    ['v1 without a protocol', text('PROXY \r\n'), unknown],
    ['v1 without addresses', text('PROXY TCP4\r\n'), addresses],
    ['v1 without a port', text('PROXY TCP4 192.0.2.7 10.0.0.1 1\r\n'), addresses],
    ['v1 with one word more', text('PROXY TCP4 192.0.2.7 10.0.0.1 1 2 3\r\n'), addresses],
    ['v1 with two spaces', text('PROXY TCP4  192.0.2.7 10.0.0.1 1 2\r\n'), addresses],
    ['v1 with a space at its end', text('PROXY TCP4 192.0.2.7 10.0.0.1 1 2 \r\n'), addresses],
    ['IPv6 said to be IPv4', text('PROXY TCP4 2001:db8::7 ::1 1 2\r\n'), addresses],
    ['IPv4 said to be IPv6', text('PROXY TCP6 192.0.2.7 10.0.0.1 1 2\r\n'), addresses],
    ['IPv4 of five numbers', text('PROXY TCP4 192.0.2.7.1 10.0.0.1 1 2\r\n'), addresses],
    ['IPv4 with a leading zero', text('PROXY TCP4 192.0.02.7 10.0.0.1 1 2\r\n'), addresses],
    ['IPv6 with a zone', text('PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n'), addresses],
    ['a name', text('PROXY TCP4 localhost 10.0.0.1 1 2\r\n'), addresses],
    ['a wrong target', text('PROXY TCP4 192.0.2.7 nowhere 1 2\r\n'), addresses],
    ['port 65536', text('PROXY TCP4 192.0.2.7 10.0.0.1 65536 2\r\n'), addresses],
    ['a port with a leading zero', text('PROXY TCP4 192.0.2.7 10.0.0.1 01 2\r\n'), addresses],
    ['a port with a sign', text('PROXY TCP4 192.0.2.7 10.0.0.1 +1 2\r\n'), addresses],
    ['v2 of version 1', binaryHeader(0x11, 0x11, ipv4('192.0.2.7', 1)), version],
    ['v2 with another command', binaryHeader(0x22, 0x11, ipv4('192.0.2.7', 1)), version],
    ['v2 of another family', binaryHeader(0x21, 0x41, ipv4('192.0.2.7', 1)), unknown],
    ['v2 of another transport', binaryHeader(0x21, 0x13, ipv4('192.0.2.7', 1)), unknown],
    [
      'v2, too short for its addresses',
      binaryHeader(0x21, 0x11, Buffer.alloc(11)),
      'a PROXY header has no room for its addresses',
    ],
    [
      'v2, IPv6 with the room of IPv4',
      binaryHeader(0x21, 0x21, ipv4('192.0.2.7', 1)),
      'a PROXY header has no room for its addresses',
    ],
    ['v2, longer than 4 KiB', ofSize(4_096 - 11), 'a PROXY header is too long'],
    ['v2, too long, before it is all there', ofSize(60_000).subarray(0, 16), 'a PROXY header is too long'],
    ['LOCAL, longer than 4 KiB', binaryHeader(0x20, 0x00, Buffer.alloc(4_097)), 'a PROXY header is too long'],
  ])('%s', (_, bytes, fault) => {
    expect(readProxyHeader(bytes)).toEqual({ kind: 'malformed', fault })
  })
})

describe('whatever comes', () => {
  const anything = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.string({ maxLength: 150 }).map(rest => text(`PROXY ${rest}`)),
    fc.string({ maxLength: 100 }).map(rest => text(`PROXY TCP6 ${rest}\r\n`)),
    fc
      .record({
        command: fc.constantFrom(0x20, 0x21, 0x22),
        family: fc.nat(255),
        rest: fc.uint8Array({ maxLength: 250 }),
      })
      .map(({ command, family, rest }) => binaryHeader(command, family, Buffer.from(rest))),
  )

  it('is judged without an error, the same however much follows, and never waited for beyond the bound', () => {
    fc.assert(
      fc.property(anything, fc.uint8Array({ maxLength: 50 }), (bytes, more) => {
        const header = readProxyHeader(Buffer.from(bytes))
        if (header.kind === 'incomplete') expect(bytes.length).toBeLessThan(maxProxyHeader)
        else expect(readProxyHeader(Buffer.concat([bytes, more]))).toEqual(header)
        if (header.kind === 'complete') expect(header.length).toBeLessThanOrEqual(bytes.length)
      }),
      { numRuns: 3_000 },
    )
  })

  it('that is longer than the bound is judged', () => {
    fc.assert(
      fc.property(anything, bytes => {
        const filled = Buffer.concat([bytes, Buffer.alloc(maxProxyHeader)])
        expect(readProxyHeader(filled).kind).not.toBe('incomplete')
      }),
    )
  })
})
