/**
 * The header with which a balancer says whose connection it passes on: haproxy's doc/proxy-protocol.txt, versions 1
 * and 2. (decision P16)
 */
import { isIP } from 'node:net'
import { usualSpelling } from '../../http/client-address.js'
import type { Peer } from '../../http/peer.js'

export type ProxyHeader =
  | { readonly kind: 'incomplete' }
  /** @property fault for people; holds nothing of what came */
  | { readonly kind: 'malformed'; readonly fault: string }
  | {
      readonly kind: 'complete'
      /** Bytes. */
      readonly length: number
      /** null: the balancer speaks for itself, or does not know; the peer of the socket counts. */
      readonly peer: Peer | null
    }

/** Of both versions, in bytes: nothing longer is waited for. */
export const maxProxyHeader = 16 + 4_096

const malformed = (fault: string): ProxyHeader => ({ kind: 'malformed', fault })
const incomplete: ProxyHeader = { kind: 'incomplete' }
const asText = Buffer.from('PROXY ', 'latin1')
const signature = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')

/** @param bytes all that came so far, from the first byte of the connection on */
export function readProxyHeader(bytes: Buffer): ProxyHeader {
  if (beginsLike(bytes, signature)) return bytes.length < 16 ? incomplete : readBinary(bytes)
  if (beginsLike(bytes, asText)) return readText(bytes)
  return malformed('what comes is no PROXY header')
}

/** Also true where too little came to say no. */
function beginsLike(bytes: Buffer, start: Buffer): boolean {
  const length = Math.min(bytes.length, start.length)
  return bytes.subarray(0, length).equals(start.subarray(0, length))
}

/** With its CRLF: section 2.1. */
const maxLine = 107
const portPattern = /^(?:0|[1-9]\d{0,4})$/

function readText(bytes: Buffer): ProxyHeader {
  const line = bytes.subarray(0, maxLine).toString('latin1')
  const end = line.indexOf('\r\n')
  if (end < 0) return bytes.length < maxLine ? incomplete : malformed('the line of a PROXY header does not end')
  const complete = (peer: Peer | null): ProxyHeader => ({ kind: 'complete', length: end + 2, peer })
  const [, family, ...fields] = line.slice(0, end).split(' ')
  if (family === 'UNKNOWN') return complete(null)
  const version = family === 'TCP4' ? 4 : family === 'TCP6' ? 6 : null
  if (version === null) return malformed('a PROXY header names an unknown protocol')
  const [source = '', target = '', sourcePort = '', targetPort = '', ...more] = fields
  const isAddress = (text: string) => isIP(text) === version && !text.includes('%')
  const isPort = (text: string) => portPattern.test(text) && Number(text) <= 65_535
  if (more.length > 0 || ![source, target].every(isAddress) || ![sourcePort, targetPort].every(isPort))
    return malformed('a PROXY header holds no pair of addresses and ports')
  return complete({ address: usualSpelling(source), port: Number(sourcePort) })
}

function readBinary(bytes: Buffer): ProxyHeader {
  const [command, family, size] = [bytes.readUInt8(12), bytes.readUInt8(13), bytes.readUInt16BE(14)]
  // LOCAL and PROXY of version 2: there are no others, and no other version has this signature.
  if (command !== 0x20 && command !== 0x21) return malformed('a PROXY header has an unknown version or command')
  const length = 16 + size
  if (length > maxProxyHeader) return malformed('a PROXY header is too long')
  // Of LOCAL neither the family nor the rest means anything.
  const reader = command === 0x20 ? { size: 0, read: () => null } : readers.get(family)
  if (reader === undefined) return malformed('a PROXY header names an unknown protocol')
  if (size < reader.size) return malformed('a PROXY header has no room for its addresses')
  if (bytes.length < length) return incomplete
  return { kind: 'complete', length, peer: reader.read(bytes) }
}

interface Reader {
  /** The least that has to follow the first 16 bytes; what follows the addresses (TLVs) is skipped. */
  readonly size: number
  readonly read: (bytes: Buffer) => Peer | null
}

const unspecified: Reader = { size: 0, read: () => null }

/** By the byte of address family and transport protocol. What is no TCP counts like UNSPEC, as section 2.2 has it. */
const readers: ReadonlyMap<number, Reader> = new Map<number, Reader>([
  ...[0x00, 0x01, 0x02, 0x10, 0x12, 0x20, 0x22, 0x30, 0x31, 0x32].map((family): [number, Reader] => [
    family,
    unspecified,
  ]),
  [
    0x11,
    {
      size: 12,
      read: bytes => ({ address: [...bytes.subarray(16, 20)].join('.'), port: bytes.readUInt16BE(24) }),
    },
  ],
  [
    0x21,
    {
      size: 36,
      read: bytes => ({
        address: usualSpelling((bytes.toString('hex', 16, 32).match(/.{4}/g) ?? []).join(':')),
        port: bytes.readUInt16BE(48),
      }),
    },
  ],
])
