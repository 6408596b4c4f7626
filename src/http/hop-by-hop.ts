/** Headers that end at this hop (RFC 9110 section 7.6.1), in both directions. */

const always = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** A client cannot take these away by naming them in Connection: they frame or address the message. */
const neverByName = new Set(['host', 'content-length', 'content-type', 'content-range', 'authorization'])

/**
 * Tells for one message which of its headers stop here.
 * @param connection the message's Connection header, with several lines joined by commas
 * @returns a test for lower-case header names
 */
export function hopByHopHeaders(connection: string | undefined): (name: string) => boolean {
  if (connection === undefined || connection === '') return name => always.has(name)
  const named = new Set(
    connection
      .toLowerCase()
      .split(',')
      .map(name => name.trim()),
  )
  return name => always.has(name) || (named.has(name) && !neverByName.has(name))
}
