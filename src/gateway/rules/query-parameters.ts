/** The parameters of a query, refused where two registries would read them in different ways. (decision R6) */
import { RequestError } from '../../errors/request-error.js'

export interface Pair {
  /** As it came, and as it is sent. */
  readonly raw: string
  readonly key: string
  readonly value: string
}

/** What changes the meaning of a request. `tag` alone may stand there several times. */
const meaningful = new Set(['mount', 'from', 'digest', 'digest-algorithm', '_state', 'tag'])

/**
 * The pairs of a query, each of which every registry reads alike.
 * @throws RequestError 400 for a key with an effect that stands there twice or in another spelling, for a semicolon, which some read as
 * `&`, and for a broken escape
 */
export function readPairs(query: string): readonly Pair[] {
  const pairs = query
    .split('&')
    .filter(raw => raw !== '')
    .map(readPair)
  const seen = new Set<string>()
  for (const { raw, key } of pairs) {
    const meant = key.replace(/[^!-~]/g, '').toLowerCase()
    if (!meaningful.has(meant)) continue
    if (raw !== meant && !raw.startsWith(`${meant}=`)) throw ambiguous(`the parameter ${meant} in another spelling`)
    if (seen.has(meant) && meant !== 'tag') throw ambiguous(`the parameter ${meant} twice`)
    seen.add(meant)
  }
  return pairs
}

function readPair(raw: string): Pair {
  if (raw.includes(';')) throw ambiguous('a semicolon')
  const [key = '', ...rest] = raw.split('=')
  try {
    return { raw, key: decodeFormText(key), value: decodeFormText(rest.join('=')) }
  } catch {
    throw ambiguous('a broken escape')
  }
}

const decodeFormText = (text: string) => decodeURIComponent(text.replaceAll('+', ' '))

const ambiguous = (what: string) =>
  new RequestError('bad-request', { message: `the query has ${what}, which registries read in different ways` })
