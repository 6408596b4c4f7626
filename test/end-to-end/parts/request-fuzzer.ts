/** Makes requests that are nearly right, out of whole ones and of words that parsers disagree about; the same seed makes the same ones. */

/** One character per byte. */
export type Fuzzer = () => string

export interface FuzzerOptions {
  readonly seed: number
  /** Lines that let a request in, such as `Authorization: ...`. */
  readonly lines: readonly string[]
}

const targets = [
  '/v2/',
  '/v2/a/manifests/b',
  '/v2/a/blobs/uploads/',
  '/v2/_catalog',
  '/',
  '//',
  '/%2e%2e/',
  '*',
  'http://x/v2/',
  '',
]
const usual = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE']
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'CONNECT', 'TRACE', 'get', 'PRI', '']
const second = 'DELETE /v2/hidden/manifests/x HTTP/1.1\r\nHost: x\r\nX-Hidden: yes\r\nContent-Length: 0\r\n\r\n'

/** So many lines that a parser may drop those behind them. */
const longHeads = [100, 997, 1_001, 1_200, 2_500].map(count => 'a:b\r\n'.repeat(count))

const framings = [
  'Content-Length: 5',
  'Content-Length: 0',
  'Content-Length: 05',
  'Content-Length: +5',
  'Content-Length: 5, 5',
  `Content-Length: ${second.length}`,
  `content-length:${second.length}`,
  'Content-Length: 18446744073709551616',
  'Transfer-Encoding: chunked',
  'transfer-encoding:\tchunked',
  'Transfer-Encoding : chunked',
  'Transfer-Encoding: identity',
  'Transfer-Encoding: gzip, chunked',
  'Transfer-Encoding: chunked, identity',
  'Transfer-Encoding:\r\n chunked',
  'Transfer_Encoding: chunked',
]
const others = [
  'Host: x',
  'Host:',
  'Connection: close',
  'Connection: keep-alive, Content-Length',
  'Connection: Transfer-Encoding',
  'Connection: upgrade\r\nUpgrade: websocket',
  'Upgrade: h2c',
  'Expect: 100-continue',
  'Expect: x',
  'Trailer: Content-Length',
  'TE: trailers',
  'X-Method-Override: DELETE',
  'Content-Type: application/x-www-form-urlencoded',
  `X: ${'x'.repeat(9_000)}`,
]
const bodies = [
  'hello',
  '5\r\nhello\r\n0\r\n\r\n',
  '5;a=b\r\nhello\r\n0\r\nX: y\r\n\r\n',
  '0\r\n\r\n',
  'ffffffffffffffff\r\n',
  `${second.length.toString(16)}\r\n${second}\r\n0\r\n\r\n`,
  second,
  `0\r\n\r\n${second}`,
  'x'.repeat(70_000),
]
const controls = [
  '\r\n',
  '\n',
  '\r',
  '\0',
  '\t',
  ' ',
  '\x0b',
  '\x7f',
  '\xff',
  ':',
  ',',
  ';',
  '"',
  '\r\n\r\n',
  '\r\n ',
  'HTTP/1.0',
  'HTTP/2.0',
]
const words = [
  ...framings.map(line => `${line}\r\n`),
  ...others.map(line => `${line}\r\n`),
  ...longHeads,
  ...bodies,
  ...controls,
]

export function createFuzzer({ seed, lines }: FuzzerOptions): Fuzzer {
  const random = randomFrom(seed)
  const below = (limit: number) => Math.floor(random() * limit)
  const pick = <T>(items: readonly T[], otherwise: T): T => items[below(items.length)] ?? otherwise
  const sometimes = (chance: number) => random() < chance

  const atChance = (chance: number, lines: readonly string[]) => (sometimes(chance) ? [pick(lines, '')] : [])

  /** Whole, but for what its framing says. */
  const whole = (): string => {
    const method = pick(sometimes(0.8) ? usual : methods, '')
    const target = sometimes(0.8) ? '/v2/a/manifests/b' : pick(targets, '')
    const head = [`${method} ${target} HTTP/1.1`, 'Host: localhost', ...lines]
    for (const line of [...atChance(0.3, others), ...atChance(0.7, framings)])
      head.splice(1 + below(head.length), 0, line)
    const [long = ''] = atChance(0.1, longHeads)
    const behind = long === '' ? [] : atChance(0.8, framings)
    return (
      [...head, `${long}${behind.join('')}`].join('\r\n') +
      (behind.length > 0 ? '\r\n\r\n' : '\r\n') +
      atChance(0.6, bodies).join('')
    )
  }
  const mutate = (text: string): string => {
    const at = below(text.length + 1)
    const length = below(Math.min(20, text.length - at) + 1)
    switch (below(5)) {
      case 0:
        return text.slice(0, at) + pick(words, '') + text.slice(at)
      case 1:
        return text.slice(0, at) + text.slice(at + length)
      case 2:
        return text.slice(0, at + length) + text.slice(at)
      case 3:
        return text.slice(0, at) + String.fromCharCode(below(256)) + text.slice(at + 1)
      default: {
        // Where lines begin, mutations are heads that are still heads.
        const line = text.indexOf('\r\n', at)
        return line === -1 ? text : `${text.slice(0, line + 2)}${pick(words, '')}${text.slice(line + 2)}`
      }
    }
  }
  return () => {
    let text = whole()
    for (let mutations = sometimes(0.5) ? below(4) : 0; mutations > 0; mutations--) text = mutate(text)
    return sometimes(0.2) ? text + whole() : text
  }
}

/** mulberry32: numbers from 0 to 1. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
