/** What requests cost the gate: the processor time of its event loop, which stands still while other programs have the processor. */
import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import type { Gate } from './gate.js'
import { longTexts } from './long-texts.js'
import { connectRaw, exchange, type RawClient, request } from './raw-client.js'

/**
 * Milliseconds of processor time that the main thread of a process has taken so far; other threads (hashing, compiling) do not count.
 * Nanoseconds of /proc/PID/schedstat (Linux, Documentation/scheduler/sched-stats.rst), and clock ticks of proc(5) on a kernel without it.
 */
function eventLoopMs(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ', 1)[0]) / 1e6
  } catch {
    const [, fields = ''] = readFileSync(`/proc/${pid}/task/${pid}/stat`, 'utf8').split(') ')
    const [user = 0, system = 0] = fields.split(' ').slice(11, 13).map(Number)
    return (user + system) * 10
  }
}

/** So many plain requests may a long one cost, which is 50 ms where a plain one costs 1 ms. */
const allowance = 50

export interface Meter {
  /** Fails with the text and its cost where one of the long texts, written in this place, costs more than it may. */
  expectCheap(place: (text: string) => string): Promise<void>
}

/** @param gate with one worker @param plain the bytes of a usual request */
export async function startMeter(gate: Gate, plain: string): Promise<Meter> {
  const milliseconds = async (bytes: string, witness: RawClient): Promise<number> => {
    const [worker = 0] = gate.workers()
    const before = eventLoopMs(worker)
    await exchange(gate.port, bytes)
    // Its line in the log comes behind the answer; the next answer behind that line.
    const answered = witness.answers().length
    witness.send(request(['GET /healthz HTTP/1.1', 'Host: localhost']))
    await witness.until(() => witness.answers().length > answered)
    if (witness.closed) throw new Error('the worker has ended')
    return eventLoopMs(worker) - before
  }
  const withWitness = async <T>(work: (witness: RawClient) => Promise<T>): Promise<T> => {
    const witness = await connectRaw(gate.port)
    try {
      return await work(witness)
    } finally {
      witness.destroy()
    }
  }
  const plainMs = await withWitness(async witness => {
    const rounds = 50
    let sum = 0
    for (let round = -rounds; round < rounds; round++) {
      const cost = await milliseconds(plain, witness)
      if (round >= 0) sum += cost
    }
    return sum / rounds
  })
  const costOf = async (bytes: string, witness: RawClient): Promise<number> => {
    let least = Number.POSITIVE_INFINITY
    // What is too slow stays so; what was interrupted by a collection of garbage is not.
    for (let tries = 0; tries < 3 && least > allowance; tries++) {
      least = Math.min(least, (await milliseconds(bytes, witness)) / plainMs)
    }
    return least
  }
  return {
    expectCheap: place =>
      withWitness(async witness => {
        for (const { name, text } of longTexts) {
          const cost = await costOf(place(text), witness).catch((error: Error) => {
            // It would go on for hours.
            for (const worker of gate.workers()) process.kill(worker, 'SIGKILL')
            throw new Error(`${name} is too much: ${error.message}`)
          })
          expect(Math.round(cost), `plain requests that ${name} costs`).toBeLessThan(allowance)
        }
      }),
  }
}
