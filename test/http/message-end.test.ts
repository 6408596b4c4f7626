/** Where a message ends among the bytes of a connection. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type BodyFraming, MessageEnd } from '../../src/http/message-end.js'

const chunked: BodyFraming = { kind: 'chunked' }
const length = (bytes: number): BodyFraming => ({ kind: 'length', bytes })

/** What each call takes, until the message that it belongs to has ended; `|` in front of what is left. */
function cut(pieces: readonly string[], framing: BodyFraming | null): string {
  const end = new MessageEnd()
  const taken: string[] = []
  let head = true
  for (const [index, piece] of pieces.entries()) {
    let rest = Buffer.from(piece, 'latin1')
    while (rest.length > 0) {
      const bytes = end.take(rest)
      taken.push(rest.subarray(0, bytes).toString('latin1'))
      rest = rest.subarray(bytes)
      if (!end.isBetween || taken.join('').trim() === '') continue
      if (head) end.headEnded(framing)
      head = false
      if (end.isBetween) return `${taken.join('')}|${rest.toString('latin1')}${pieces.slice(index + 1).join('')}`
    }
  }
  return taken.join('')
}

const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'
const next = 'DELETE / HTTP/1.1\r\n\r\n'

const messages: readonly (readonly [string, string, BodyFraming | null])[] = [
  ['a head', get, null],
  ['a head behind empty lines', `\r\n\n\r\n${get}`, null],
  ['a head of bare line feeds', 'GET / HTTP/1.1\nHost: a\n\n', null],
  ['a head that mixes line ends', 'GET / HTTP/1.1\r\nHost: a\n\r\n', null],
  ['a head with carriage returns in it', 'GET / HTTP/1.1\r\n\rHost: a\r\r\n\r\n', null],
  ['no bytes of a body', get, length(0)],
  ['a body of a length', `${get}hello`, length(5)],
  ['a body that looks like another request', `${get}${next}`, length(next.length)],
  ['chunks', `${get}5\r\nhello\r\nA;name="0"\r\n0123456789\r\n0\r\n\r\n`, chunked],
  ['no chunks', `${get}0\r\n\r\n`, chunked],
  ['a last chunk of many zeros', `${get}1\r\nx\r\n0000;a=1\r\n\r\n`, chunked],
  ['chunks that look like the end of chunks', `${get}5\r\n0\r\n\r\n\r\n2\r\n\n\n\r\n0\r\n\r\n`, chunked],
  ['chunks and trailers', `${get}1\r\nx\r\n0\r\nA: b\r\nC: d\r\n\r\n`, chunked],
]

describe('a message ends', () => {
  it.each(messages)('behind %s', (_, message, framing) => {
    expect(cut([message + next], framing)).toBe(`${message}|${next}`)
  })

  it.each(messages)('behind %s, wherever the bytes are split', (_, message, framing) => {
    const text = message + next
    for (let first = 1; first < text.length; first++) {
      for (let second = first; second < text.length; second++) {
        const pieces = [text.slice(0, first), text.slice(first, second), text.slice(second)]
        expect(cut(pieces, framing)).toBe(`${message}|${next}`)
      }
    }
    expect(cut([...text], framing)).toBe(`${message}|${next}`)
  })

  it.each(messages)('not before the last byte of %s', (_, message, framing) => {
    expect(cut([message.slice(0, -1)], framing)).toBe(message.slice(0, -1))
  })
})

it('a body is taken in one piece, whatever is in it', () => {
  const body = '\r\n\r\n'.repeat(10_000)
  const end = new MessageEnd()
  end.take(Buffer.from(get))
  end.headEnded(chunked)
  const bytes = Buffer.from(`${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`)
  expect(end.take(bytes)).toBe(bytes.length)
})

it('some of the bytes are taken, whatever they are', () => {
  const soup = fc.array(fc.constantFrom('\r', '\n', '\r\n', '0', 'f', ';', 'x', get, '\0', 'GET '), { maxLength: 30 })
  const framings = fc.constantFrom(null, chunked, length(3))
  fc.assert(
    fc.property(fc.array(soup, { maxLength: 5 }), framings, (pieces, framing) => {
      const text = pieces.map(piece => piece.join(''))
      expect(cut(text, framing).replace('|', '')).toBe(text.join(''))
    }),
  )
})
