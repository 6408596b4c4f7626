/** A state is in force in every worker or in none, whatever one of them does meanwhile. */
import { Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createWorkers } from '../../../src/server/primary/workers.js'
import type { Workers } from '../../../src/server/primary/workers-model.js'
import { eventually } from '../../end-to-end/parts/settle.js'
import { type Behaviour, type FakeWorker, makeFakeWorker, silentEvents, stateOf } from '../fake-worker.js'

let fake: FakeWorker
let workers: Workers
let lost: string[]
const identities = { keep: async () => {}, look: async () => {}, used: () => {} }

beforeEach(async () => {
  fake = makeFakeWorker()
  lost = []
  workers = createWorkers({
    count: 2,
    file: fake.file,
    environment: fake.environment,
    account: null,
    identities,
    events: { ...silentEvents, workerLost: (_pid, reason) => lost.push(reason) },
    logins: { hear: () => {}, gone: () => {} },
    timeoutMs: 10_000,
    pauseMs: 1,
  })
  await workers.serve(stateOf('fine'))
  fake.notes()
})
afterEach(async () => {
  await workers.drain()
  fake.remove()
})

/** What became of it, and what the workers wrote down. */
async function serve(behaviour: Behaviour): Promise<{ outcome: string; notes: string[]; inForce: string | null }> {
  const outcome = await workers.serve(stateOf(behaviour)).then(
    () => 'in force',
    (error: Error) => error.message.replace(/worker \d+/, 'worker N'),
  )
  return { outcome, notes: fake.notes(), inForce: workers.state?.settings.storage ?? null }
}

describe('a state', () => {
  it('that every worker can serve is in force in all of them', async () => {
    expect(await serve('fine')).toEqual({
      outcome: 'in force',
      notes: ['commit fine', 'commit fine'],
      inForce: 'fine',
    })
  })

  it('that one worker refuses is in force in none', async () => {
    const { outcome, notes, inForce } = await serve('one-refuses')
    expect(outcome).toBe('nginx.conf:7: TLS cannot use this')
    expect(notes).not.toContain('commit one-refuses')
    expect(inForce).toBe('fine')
    await eventually(
      () => `told: ${notes.join()}`,
      () => notes.push(...fake.notes()) > 0 && notes.filter(note => note === 'discard').length === 2,
    )
    expect(lost).toEqual([])
  })

  it.each([
    ['dies', 'one-dies', 'exit code 3'],
    ['says nothing', 'one-hangs', 'did not prepare within 10 s'],
  ] as const)('over which one worker %s is given to a successor, and then in force', async (_, behaviour, reason) => {
    const { outcome, notes, inForce } = await serve(behaviour)
    expect(outcome).toBe('in force')
    expect(notes.filter(note => note === `commit ${behaviour}`)).toHaveLength(2)
    expect(inForce).toBe(behaviour)
    expect(lost).toEqual([reason])
  })

  it('over which every worker dies is given up, and the one before goes on', async () => {
    const { outcome, inForce } = await serve('all-die')
    expect(outcome).toBe('worker N: exit code 3')
    expect(inForce).toBe('fine')
    const seen: string[] = []
    await eventually(
      () => seen.join(),
      () => seen.push(...fake.notes()) >= 0 && seen.filter(note => note === 'commit fine').length >= 2,
    )
  })

  it('is asked for one at a time, in order', async () => {
    const outcomes = await Promise.all([serve('one-dies'), serve('one-refuses'), serve('fine')])
    expect(outcomes.map(({ outcome }) => outcome)).toEqual([
      'in force',
      'nginx.conf:7: TLS cannot use this',
      'in force',
    ])
    expect(workers.state?.settings.storage).toBe('fine')
  })
})

describe('workers', () => {
  it('are told of changed users, and a successor gets them with its state', async () => {
    workers.usersChanged('/auth/htpasswd', { file: '/auth/htpasswd', entries: new Map() })
    const told: string[] = []
    await eventually(
      () => `told: ${told.join()}`,
      () => told.push(...fake.notes()) === 2,
    )
    expect(workers.state?.users.has('/auth/htpasswd')).toBe(true)
  })

  it('that still start when a file of users changes serve with the changed one', async () => {
    await workers.drain()
    const { file, environment } = fake
    workers = createWorkers({
      count: 2,
      file,
      environment,
      account: null,
      identities,
      events: silentEvents,
      logins: { hear: () => {}, gone: () => {} },
    })
    const served = workers.serve(stateOf('fine'))
    workers.usersChanged('/auth/htpasswd', { file: '/auth/htpasswd', entries: new Map() })
    await served
    expect(fake.notes().filter(note => note.startsWith('prepared'))).toEqual([
      'prepared with /auth/htpasswd',
      'prepared with /auth/htpasswd',
    ])
    expect(workers.state?.users.has('/auth/htpasswd')).toBe(true)
  })

  it('that end again and again as soon as they start are given up', async () => {
    await workers.serve(stateOf('die-after-commit'))
    const error = await workers.hopeless
    expect(error.message).toMatch(/^\d+ workers in a row ended soon after their start; the last one: exit code 3$/)
  })

  it('that never start keep a gate from starting', async () => {
    const none = createWorkers({
      count: 2,
      file: new URL('file:///nowhere/worker.mjs'),
      environment: {},
      account: null,
      identities,
      events: silentEvents,
      logins: { hear: () => {}, gone: () => {} },
    })
    await expect(none.serve(stateOf('fine'))).rejects.toThrow(/^worker \d+: exit code 1$/)
    none.hand('address', new Socket())
    await none.drain()
  })
})
