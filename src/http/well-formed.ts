/** What Node's parser lets through and a gate must not: read from the raw header lines, because duplicates vanish elsewhere. */

const atMostOnce = new Set(['authorization', 'content-length', 'content-type', 'expect', 'host', 'transfer-encoding'])

/** A backend that reads `Transfer_Encoding` as the header it resembles would see another message than the gate. */
const framing = new Set(['contentlength', 'transferencoding'])

/** A host name, an IPv4 address or a bracketed IPv6 address, with a port or without one: RFC 9110 section 7.2. */
const hostPattern = /^(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/

/**
 * More header lines than any client sends. nginx has no such bound; Apache httpd's LimitRequestFields is 100.
 * (decision R7)
 */
export const maxHeaderLines = 256

/** Bytes of the head of a request, and of the head of an answer. */
export const maxHeaderBytes = 32 * 1024

/** @param rawHeaders as of malformedHead */
export const hasTooManyHeaderLines = (rawHeaders: readonly string[]): boolean => rawHeaders.length / 2 > maxHeaderLines

/**
 * @param rawHeaders name, value, name, value ... as Node keeps them
 * @returns what is wrong with the message head, as a clause; null where nothing is
 */
export function malformedHead(httpVersion: string, rawHeaders: readonly string[]): string | null {
  if (httpVersion !== '1.1' && httpVersion !== '1.0') return 'this is no version of HTTP that is spoken here'
  const seen = new Map<string, string>()
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase()
    if (!atMostOnce.has(name)) {
      if (framing.has(name.replace(/[^a-z]/g, ''))) return 'a header is spelled almost like one that frames the message'
      continue
    }
    if (seen.has(name)) return `the header ${name} stands there twice`
    seen.set(name, rawHeaders[index + 1] ?? '')
  }
  const host = seen.get('host')
  if (host === undefined) {
    if (httpVersion !== '1.0') return 'the header host is missing'
  } else if (!hostPattern.test(host)) return 'the header host is no host name'
  const coding = seen.get('transfer-encoding')
  if (coding !== undefined) {
    if (coding.trim().toLowerCase() !== 'chunked') return 'the only transfer-encoding that is understood is chunked'
    if (httpVersion === '1.0') return 'HTTP/1.0 has no transfer-encoding'
    if (seen.has('content-length')) return 'content-length and transfer-encoding exclude each other'
  }
  const length = seen.get('content-length')
  if (length !== undefined && !/^\d{1,16}$/.test(length)) return 'content-length is no number'
  return null
}
