/** Option types with a special grammar: addresses, backends, workers, drain time, names in tokens, Redis. */
import { readImmutable } from '../../access/immutable.js'
import type { ImmutableTags } from '../../access/model.js'
import { redacted } from '../../errors/redacted.js'
import { isNetwork } from '../../http/client-address.js'
import { bracketed } from '../../http/listener-url.js'
import { ParseError, type ScalarType } from './option.js'
import { validatedText } from './types.js'

export interface Address {
  readonly host: string
  readonly port: number
}

const showAddress = ({ host, port }: Address) => `${bracketed(host)}:${port}`

/** `5000`, `127.0.0.1:5000`, `[::1]:5000`, `localhost:0`; null for anything else. */
export function parseAddress(value: string): Address | null {
  const match = /^(?:(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+):)?(\d{1,5})$/.exec(value)
  if (match === null) return null
  const port = Number(match[2])
  if (port > 65_535) return null
  return { host: (match[1] ?? '0.0.0.0').replace(/^\[|\]$/g, ''), port }
}

export const listenAddress: ScalarType<Address> = {
  kind: 'scalar',
  placeholder: '[HOST:]PORT',
  yaml: ['string', 'number'],
  expected: 'must be PORT or HOST:PORT',
  parse(value) {
    const address = parseAddress(value)
    if (address !== null) return address
    const port = /(?:^|:)(\d{5,})$/.exec(value)?.[1]
    return port === undefined || Number(port) <= 65_535
      ? new ParseError(
          `"${value}" is no address to listen on`,
          'write PORT or HOST:PORT, for example 5000, 127.0.0.1:5000 or [::]:5000',
        )
      : new ParseError(`there is no port ${port}`, 'the highest one is 65535, and 0 takes a free one')
  },
  show: showAddress,
  schema: { type: ['string', 'integer'] },
}

/** The host is required. Metrics reveal user activity, and a bare port would open them on all addresses. */
export const metricsAddress: ScalarType<Address> = {
  kind: 'scalar',
  placeholder: 'HOST:PORT',
  yaml: ['string', 'number'],
  expected: 'must be HOST:PORT',
  parse: value =>
    (value.includes(':') ? parseAddress(value) : null) ??
    new ParseError(
      `"${value}" is no address for metrics`,
      'write HOST:PORT, for example 127.0.0.1:9100, or 0.0.0.0:9100 for all addresses',
    ),
  show: showAddress,
  schema: { type: 'string' },
}

/** `embedded`, or the address of a registry without a path. */
export const backendAddress: ScalarType<string> = {
  ...validatedText('URL|embedded', value => (value.toLowerCase() === 'embedded' ? null : judgeBackend(value))),
  // Keeps the refused text. With the default, a mistyped backend would be checked as the embedded registry.
  refused: value => value,
}

function judgeBackend(value: string): ParseError | null {
  const url = URL.canParse(value) ? new URL(value) : null
  if (url === null || !/^https?:\/\//i.test(value)) {
    const bare = /^[\w.-]+(?::\d+|\.[a-z]+)$/i.test(value)
    return new ParseError(
      `"${redacted(value)}" is no address of a registry`,
      bare ? `write http://${value}` : 'write http://HOST:PORT, for example http://registry-backend:5000, or embedded',
    )
  }
  const hint = `write ${url.origin}`
  const path =
    url.pathname === '/' && url.search === '' && url.hash === ''
      ? null
      : new ParseError('the address of a backend ends behind the port: the registry API always begins at /v2/', hint)
  if (url.username === '' && url.password === '') return path
  return new ParseError('the address of a backend holds no user name and no password', hint, path)
}

export const workerCount: ScalarType<number | 'auto'> = {
  kind: 'scalar',
  placeholder: 'N|auto',
  yaml: ['string', 'number'],
  expected: 'must be a number, or auto',
  parse(value) {
    if (value === 'auto') return 'auto'
    if (/^[1-9]\d{0,2}$/.test(value)) return Number(value)
    return new ParseError(
      `"${value}" is no number of workers`,
      'write a number from 1 to 999, or auto for one per core',
    )
  },
  show: String,
  schema: { anyOf: [{ const: 'auto' }, { type: 'integer', minimum: 1, maximum: 999 }] },
}

const maxConnections = 1_000_000

export const connectionCount: ScalarType<number> = {
  kind: 'scalar',
  placeholder: 'N',
  yaml: ['number'],
  expected: 'must be a number',
  parse(value) {
    const count = /^\d{1,7}$/.test(value) ? Number(value) : 0
    if (count > 0 && count <= maxConnections) return count
    return new ParseError(
      `"${value}" is no number of connections`,
      `write a number from 1 to ${maxConnections}; by default nine tenths of the limit of file descriptors`,
    )
  },
  show: String,
  schema: { type: 'integer', minimum: 1, maximum: maxConnections },
}

/** A Node timer allows more, but more than a day is probably a mistake. */
const maxDrain = 86_400

/** Milliseconds; the text is in seconds. */
export const drainTime = (defaultMs: number): ScalarType<number> => ({
  kind: 'scalar',
  placeholder: 'SECONDS',
  yaml: ['number'],
  expected: 'must be a number of seconds',
  parse(value) {
    const seconds = value.trim() === '' ? Number.NaN : Number(value)
    if (seconds >= 0 && seconds <= maxDrain) return seconds * 1_000
    return new ParseError(
      `"${value}" is no time that transfers may get to end`,
      `write seconds from 0 to ${maxDrain}; the default is ${defaultMs / 1_000}`,
    )
  },
  show: ms => `${ms / 1_000} s`,
  schema: { type: 'number', minimum: 0, maximum: maxDrain },
})

export const network = validatedText('NETWORK', value =>
  isNetwork(value) ? null : new ParseError(`"${value}" is no address or network`, 'write 10.0.0.5 or 10.0.0.0/8'),
)

/** The name is quoted in a challenge (RFC 9110 section 11.2), and clients handle escapes there differently. */
export const quotable = (name: string): ScalarType<string> => {
  const pattern = /^[\x20-\x21\x23-\x5b\x5d-\x7e]{1,255}$/
  const expected = `must be a name for this ${name}: 1 to 255 plain characters, without " and \\`
  return {
    ...validatedText('NAME', value => (pattern.test(value) ? null : new ParseError(expected))),
    parsesEmpty: true,
    schema: { type: 'string', pattern: pattern.source },
  }
}

/** `redis://host`, `rediss://user@host:6380/2`; nothing else is allowed. */
export const redisAddress = validatedText('URL', value => {
  const url = URL.canParse(value) ? new URL(value) : null
  if (url === null || !/^rediss?:$/.test(url.protocol) || url.hostname === '' || !/^(?:\/\d*)?$/.test(url.pathname))
    return new ParseError('must be written as redis://HOST:PORT/NUMBER, or rediss://... for TLS')
  if (url.password !== '')
    return new ParseError(
      'must hold no password: others can read this file; name one that holds it with redis_password_file',
    )
  return url.search === '' && url.hash === '' ? null : new ParseError('must end behind the number of the database')
})

/** Patterns for immutable tags. The place is that of the list item. */
export const tagPattern: ScalarType<Omit<ImmutableTags, 'where'>> = {
  kind: 'scalar',
  placeholder: 'PATTERN',
  yaml: ['string'],
  expected: 'must be a text, in quotes if it looks like a number',
  parsesEmpty: true,
  parse(value) {
    const read = readImmutable(value)
    return 'message' in read ? new ParseError(`"${value}" ${read.message}`, read.hint) : { text: value, ...read }
  },
  show: ({ text }) => text,
  schema: { type: 'string', minLength: 1 },
}
