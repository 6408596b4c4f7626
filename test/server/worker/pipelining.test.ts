/** Requests of one connection come to their handler one at a time, whatever they are and however their bytes are split. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Duplex } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setImmediate as immediate } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { serializeRequests } from '../../../src/server/worker/pipelining.js'
import { eventually } from '../../end-to-end/parts/settle.js'

/** A connection whose bytes arrive exactly in the pieces that are pushed. */
class Wire extends Duplex {
  answers = ''
  override _read(): void {}
  override _write(bytes: Buffer, _: string, done: () => void): void {
    this.answers += bytes.toString('latin1')
    done()
  }
}

interface Heard {
  readonly line: string
  readonly body: string
}

type Answer = (request: IncomingMessage, response: ServerResponse) => Promise<string | null>

/** Reads the whole body, and takes its time. */
const patiently: Answer = async (request, response) => {
  const body = await text(request)
  await immediate()
  response.end('answered')
  return body
}
/** Answers while the body has still to come, and leaves it to Node to read it. */
const early: Answer = async (_, response) => {
  response.end('answered')
  return null
}

/** Sends the pieces, a turn of the event loop apart. @returns what was handled, once so many requests have been answered */
async function send(pieces: readonly Buffer[], requests: number, answer: Answer) {
  const heard: Heard[] = []
  const faults: Error[] = []
  let underWay = 0
  let most = 0
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    most = Math.max(most, ++underWay)
    response.once('close', () => underWay--)
    const { method, url } = request
    const body = await answer(request, response)
    heard.push({ line: `${method} ${url}`, body: body ?? '' })
  }
  const server = createServer(handle).on('checkContinue', (request, response) => {
    response.writeContinue()
    handle(request, response)
  })
  server.on('clientError', (error, socket) => {
    faults.push(error)
    socket.destroy()
  })
  serializeRequests(server)
  const wire = new Wire()
  server.emit('connection', wire)
  for (const piece of pieces) {
    wire.push(piece)
    await immediate()
  }
  const answered = () => wire.answers.split('HTTP/1.1 200').length - 1
  const done = () => faults.length > 0 || (heard.length >= requests && answered() >= requests)
  // Nearly always it is done after a few turns; to wait by the clock would take much longer.
  for (let turns = 0; turns < 100 && !done(); turns++) await immediate()
  await eventually(() => `${heard.length} of ${requests} heard, ${answered()} answered`, done)
  wire.destroy()
  return { heard, faults, most }
}

interface Sent extends Heard {
  readonly bytes: string
}

const head = (line: string, ...more: string[]) => `${[`${line} HTTP/1.1`, 'Host: a', ...more].join('\r\n')}\r\n\r\n`
const chunk = (bytes: string) => `${bytes.length.toString(16)}\r\n${bytes}\r\n`

const line = fc.constantFrom('GET /a', 'DELETE /b', 'POST /c', 'PATCH /d', 'HEAD /e')
const content = fc
  .array(fc.constantFrom('\r\n', '\n', '0', '\r\n\r\n', '5\r\n', 'GET / HTTP/1.1\r\n\r\n', 'x'.repeat(40)), {
    maxLength: 6,
  })
  .map(words => words.join(''))
const plain = fc.record({ line, between: fc.constantFrom('', '\r\n', '\n\n') }).map((each): Sent => {
  return { line: each.line, body: '', bytes: each.between + head(each.line) }
})
const counted = fc.record({ line, body: content }).map((each): Sent => {
  return { ...each, bytes: head(each.line, `Content-Length: ${each.body.length}`) + each.body }
})
const inChunks = fc
  .record({ line, chunks: fc.array(content, { maxLength: 4 }), trailer: fc.boolean() })
  .map((each): Sent => {
    const chunks = each.chunks.filter(bytes => bytes !== '')
    const framed = `${chunks.map(chunk).join('')}0\r\n${each.trailer ? 'X: y\r\n' : ''}\r\n`
    return { line: each.line, body: chunks.join(''), bytes: head(each.line, 'Transfer-Encoding: chunked') + framed }
  })
const requests = fc.array(fc.oneof(plain, counted, inChunks), { minLength: 1, maxLength: 8 })
const cuts = fc.array(fc.nat(400), { maxLength: 12 })

function split(bytes: Buffer, places: readonly number[]): Buffer[] {
  const inside = [...new Set(places)].filter(place => place > 0 && place < bytes.length).sort((a, b) => a - b)
  return [0, ...inside].map((place, index) => bytes.subarray(place, inside[index] ?? bytes.length))
}

const bytesOf = (sent: readonly Sent[]) => Buffer.from(sent.map(each => each.bytes).join(''), 'latin1')
const heardOf = (sent: readonly Sent[], withBodies: boolean) =>
  sent.map(each => ({ line: each.line, body: withBodies ? each.body : '' }))

describe('pipelined requests', () => {
  it.each([
    ['that are read whole', patiently],
    ['that are answered before their bodies have come', early],
  ])('%s are handled one at a time and in order', async (_, answer) => {
    await fc.assert(
      fc.asyncProperty(requests, cuts, async (sent, places) => {
        const heard = heardOf(sent, answer === patiently)
        const outcome = await send(split(bytesOf(sent), places), sent.length, answer)
        expect(outcome).toEqual({ heard, faults: [], most: 1 })
      }),
      { numRuns: 150 },
    )
  })

  it('are handled one at a time wherever their bytes are split', async () => {
    const sent: Sent[] = [
      {
        line: 'POST /a',
        body: '0\r\n\r\n',
        bytes: `${head('POST /a', 'Transfer-Encoding: chunked')}5\r\n0\r\n\r\n\r\n0\r\n\r\n`,
      },
      { line: 'DELETE /b', body: '', bytes: `\r\n${head('DELETE /b')}` },
      { line: 'PATCH /c', body: '\r\n\r\n', bytes: `${head('PATCH /c', 'Content-Length: 4')}\r\n\r\n` },
      { line: 'PUT /d', body: 'x', bytes: `${head('PUT /d', 'Expect: 100-continue', 'Content-Length: 1')}x` },
      { line: 'GET /e', body: '', bytes: head('GET /e') },
    ]
    const bytes = bytesOf(sent)
    const expected = { heard: heardOf(sent, true), faults: [], most: 1 }
    for (let place = 1; place < bytes.length; place++)
      expect(await send(split(bytes, [place]), sent.length, patiently)).toEqual(expected)
    const single = Array.from(bytes, (_, place) => place)
    expect(await send(split(bytes, single), sent.length, patiently)).toEqual(expected)
  })

  it('wait while a large body is read slowly', async () => {
    const body = 'x'.repeat(300_000)
    const slowly: Answer = async (request, response) => {
      let bytes = ''
      for await (const piece of request) {
        bytes += piece
        await immediate()
      }
      response.end('answered')
      return bytes
    }
    const sent = [1, 2, 3].map(index => {
      const line = `POST /${index}`
      return { line, body, bytes: head(line, `Content-Length: ${body.length}`) + body }
    })
    const outcome = await send([bytesOf(sent)], sent.length, slowly)
    expect(outcome).toEqual({ heard: heardOf(sent, true), faults: [], most: 1 })
  })

  it('behind one that cannot be read are not handled', async () => {
    const { heard, faults } = await send(
      [Buffer.from(`${head('GET /a')}BROKEN\r\n\r\n${head('GET /b')}`)],
      2,
      patiently,
    )
    expect(heard).toEqual([{ line: 'GET /a', body: '' }])
    expect(faults).toHaveLength(1)
  })
})
