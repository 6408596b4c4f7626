/** An unknown user is answered like a wrong password: in the same words, and after as long a comparison. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type FaultyBackend, startFaultyBackend } from '../end-to-end/parts/faulty-backend.js'
import { basic, startGate, user } from '../end-to-end/parts/gate.js'
import { type Answer, exchange, request } from '../end-to-end/parts/raw-client.js'

let backend: FaultyBackend

beforeAll(async () => {
  backend = await startFaultyBackend()
})
afterAll(() => backend.close())

const median = (times: readonly number[]) =>
  [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN

/** Everything that an attacker could tell apart, without the date. */
const visible = (answer: Answer | undefined) => ({
  ...answer,
  headers: [...(answer?.headers ?? [])].filter(([name]) => name !== 'date'),
})

describe('a guess at a password', () => {
  // The times are reported, not judged: other programs share the machine. That both take exactly one comparison of the
  // same cost is judged in test/htpasswd/verifier.test.ts.
  it.each([
    [5, 30],
    [10, 9],
    [12, 3],
  ])('at cost %i: the same answer for an unknown user', async (cost, times) => {
    // What is not compared takes no time to look at.
    const gate = await startGate(backend.url, { cost, yaml: 'login_limits: off\n' })
    try {
      const guess = async (name: string, password: string) => {
        const began = performance.now()
        const bytes = request(['GET /v2/ HTTP/1.1', 'Host: localhost', `Authorization: ${basic(name, password)}`])
        const [answer] = await exchange(gate.port, bytes, { timeout: 10_000 })
        return { answer: visible(answer), took: performance.now() - began }
      }
      // The first comparison starts a thread.
      await guess(user.name, 'first')
      const known: number[] = []
      const unknown: number[] = []
      for (let turn = 0; turn < times; turn++) {
        const askKnown = () => guess(user.name, `guess-${turn}`)
        const early = turn % 2 === 0 ? await askKnown() : null
        const nobody = await guess(`nobody-${turn}`, `guess-${turn}`)
        const wrong = early ?? (await askKnown())
        known.push(wrong.took)
        unknown.push(nobody.took)
        expect(nobody.answer).toEqual(wrong.answer)
        expect(wrong.answer).toMatchObject({ status: 401 })
      }
      const [ofKnown, ofUnknown] = [median(known), median(unknown)]
      process.stdout.write(
        `guessing at cost ${cost}: wrong password ${ofKnown.toFixed(1)} ms, unknown user ${ofUnknown.toFixed(1)} ms, ratio ${(ofUnknown / ofKnown).toFixed(3)}\n`,
      )
      expect(backend.requests).toEqual([])
    } finally {
      await gate.stop()
    }
  })
})
