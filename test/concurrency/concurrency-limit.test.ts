/** A limit on what runs at the same time for one key: order, queue, and who has gone. */
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import { createConcurrencyLimit } from '../../src/concurrency/concurrency-limit.js'

const options = { maxRunning: 2, maxWaiting: 3, maxWaitMs: 60_000 }
const here = new AbortController().signal

/** Work that ends when it is told to. */
function stage(limit = createConcurrencyLimit(options)) {
  const begun: string[] = []
  const ends = new Map<string, (error?: Error) => void>()
  return {
    begun,
    run: (name: string, { key = 'alice', gone = here } = {}) =>
      limit.run(key, gone, () => {
        begun.push(name)
        return new Promise<void>((resolve, reject) => {
          ends.set(name, error => (error === undefined ? resolve() : reject(error)))
        })
      }),
    async end(name: string, error?: Error) {
      ends.get(name)?.(error)
      await turn()
    },
  }
}

describe('a concurrency limit of 2', () => {
  it('runs two of a key, and the others in the order in which they came', async () => {
    const { run, begun, end } = stage()
    const all = ['a', 'b', 'c', 'd'].map(name => run(name))
    expect(begun).toEqual(['a', 'b'])
    await end('b')
    expect(begun).toEqual(['a', 'b', 'c'])
    await end('a')
    expect(begun).toEqual(['a', 'b', 'c', 'd'])
    await end('d')
    await end('c')
    await Promise.all(all)
  })

  it('lets no key wait for another', async () => {
    const { run, begun } = stage()
    for (const name of ['a', 'b', 'c']) run(name)
    run('other', { key: 'bob' })
    expect(begun).toEqual(['a', 'b', 'other'])
  })

  it('refuses at once with 429 what would be too many in the queue', async () => {
    const { run, begun, end } = stage()
    const all = ['a', 'b', 'c', 'd', 'e'].map(name => run(name))
    await expect(run('f')).rejects.toMatchObject({
      code: 'too-many-requests',
      status: 429,
      headers: { 'Retry-After': '5' },
    })
    await end('a')
    all.push(run('g'))
    for (const name of ['b', 'c', 'd', 'e', 'g']) await end(name)
    await Promise.all(all)
    expect(begun).toEqual(['a', 'b', 'c', 'd', 'e', 'g'])
  })

  it('refuses with 429 what has waited for too long', async () => {
    vi.useFakeTimers()
    const { run, begun } = stage()
    run('a')
    run('b')
    const refused = expect(run('c')).rejects.toMatchObject({ code: 'too-many-requests' })
    await vi.advanceTimersByTimeAsync(options.maxWaitMs)
    await refused
    expect(begun).toEqual(['a', 'b'])
    vi.useRealTimers()
  })

  it('goes on behind work that fails, whose error is told', async () => {
    const { run, begun, end } = stage()
    const failing = expect(run('a')).rejects.toThrow('broken')
    run('b')
    run('c')
    await end('a', new Error('broken'))
    await failing
    expect(begun).toEqual(['a', 'b', 'c'])
  })

  it('forgets who has gone while waiting, and gives their place to the next one', async () => {
    const { run, begun, end } = stage()
    const left = new AbortController()
    run('a')
    run('b')
    const gone = run('c', { gone: left.signal })
    run('d')
    left.abort()
    await gone
    const never = run('e', { gone: left.signal })
    await never
    await end('a')
    expect(begun).toEqual(['a', 'b', 'd'])
  })

  it('begins anew with a key of which nothing runs any more', async () => {
    const { run, begun, end } = stage()
    for (const round of [1, 2, 3]) {
      const all = ['a', 'b', 'c'].map(name => run(`${name}${round}`))
      for (const name of ['a', 'b', 'c']) await end(`${name}${round}`)
      await Promise.all(all)
    }
    expect(begun).toHaveLength(9)
  })
})
