/** A worker asks whether a password may be checked, the primary answers: over messages, any of which may be late or never come. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { describeAttempt } from '../../../src/login-limits/attempt.js'
import type { LimitVerdict, LoginLimits, PasswordOutcome } from '../../../src/login-limits/limits.js'
import type { LoginsLocked } from '../../../src/observe/events.js'
import type { FromWorker, ToWorker } from '../../../src/server/messages.js'
import { createLoginLimitServer, type LoginMessage } from '../../../src/server/primary/login-limit-server.js'
import { createLoginLimitClient } from '../../../src/server/worker/login-limit-client.js'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const attempt = describeAttempt(Buffer.alloc(32, 1), '192.0.2.7', 'amy', 'guess')

/** One worker and the primary, with limits that answer when and what the test says. */
function gate(options: { readonly maxWaiting?: number; readonly timeoutMs?: number } = {}) {
  const outcomes: PasswordOutcome[] = []
  const locked: LoginsLocked[] = []
  const asked: ((verdict: LimitVerdict) => void)[] = []
  const wanted: (() => boolean)[] = []
  const limits: LoginLimits = {
    admit(_attempt, _proved, isWanted = () => true) {
      wanted.push(isWanted)
      return new Promise(resolve => asked.push(resolve))
    },
  }
  const desk = createLoginLimitServer(limits, { loginsLocked: one => void locked.push(one) })
  const isLogin = (message: FromWorker): message is LoginMessage =>
    message.kind === 'attempt' || message.kind === 'attempt-ended'
  const worker = {
    tell(message: ToWorker) {
      if (message.kind === 'attempt-answered') questions.answered(message)
    },
  }
  const questions = createLoginLimitClient(
    message => {
      if (isLogin(message)) desk.hear(worker, message)
    },
    { maxWaiting: 10, timeoutMs: 1_000, ...options },
  )
  const admitted: LimitVerdict = {
    kind: 'admitted',
    async end(outcome) {
      outcomes.push(outcome)
    },
  }
  return {
    desk,
    worker,
    questions,
    outcomes,
    locked,
    admitted,
    wanted,
    answer: (verdict: LimitVerdict) => asked.shift()?.(verdict),
  }
}

describe('a question', () => {
  it.each(['right', 'wrong', 'unknown'] as const)('that is answered by yes is ended with %s', async outcome => {
    const { questions, answer, admitted, outcomes } = gate()
    const end = questions.ask(attempt, null)
    answer(admitted)
    ;(await end)(outcome)
    expect(outcomes).toEqual([outcome])
  })

  it('that is answered by a lock is refused with the time that is left, and told once', async () => {
    const { questions, answer, locked } = gate()
    for (const isNew of [true, false]) {
      const end = questions.ask(attempt, 'amy')
      answer({ kind: 'locked', of: 'pair', seconds: 17, isNew })
      await expect(end).rejects.toMatchObject({
        code: 'too-many-wrong-passwords',
        status: 429,
        headers: { 'Retry-After': '17' },
      })
    }
    expect(locked).toEqual([{ network: '192.0.2.7', user: 'amy', of: 'pair', seconds: 17 }])
  })

  it('about a locked address names nobody', async () => {
    const { questions, answer, locked } = gate()
    const end = questions.ask(attempt, 'amy')
    answer({ kind: 'locked', of: 'network', seconds: 17, isNew: true })
    await expect(end).rejects.toMatchObject({ status: 429 })
    expect(locked).toEqual([{ network: '192.0.2.7', user: null, of: 'network', seconds: 17 }])
  })

  it('is busy where the primary is', async () => {
    const { questions, answer } = gate()
    const end = questions.ask(attempt, null)
    answer({ kind: 'busy' })
    await expect(end).rejects.toMatchObject({ code: 'busy', status: 503 })
  })

  it('is busy where no answer comes, and a late one does no harm', async () => {
    const { questions, answer, admitted, outcomes } = gate({ timeoutMs: 100 })
    const end = questions.ask(attempt, null).catch((error: unknown) => error)
    await vi.advanceTimersByTimeAsync(100)
    expect(await end).toMatchObject({ code: 'busy' })
    answer(admitted)
    await vi.advanceTimersByTimeAsync(0)
    expect(outcomes).toEqual(['unknown'])
  })

  it('is busy at once where too many are waiting', async () => {
    const { questions, answer, admitted } = gate({ maxWaiting: 2 })
    const first = questions.ask(attempt, null)
    void questions.ask(attempt, null)
    await expect(questions.ask(attempt, null)).rejects.toMatchObject({ code: 'busy' })
    answer(admitted)
    await first
    const next = questions.ask(attempt, null)
    answer(admitted)
    answer(admitted)
    expect(await next).toBeTypeOf('function')
  })
})

describe('where too many are waiting', () => {
  const from = (address: string) => describeAttempt(Buffer.alloc(32, 1), address, 'amy', 'guess')

  it('the last question of the network that has the most gives way, and the primary no longer works on it', async () => {
    const { questions, answer, admitted, outcomes, wanted } = gate({ maxWaiting: 4 })
    const ask = (address: string) =>
      questions.ask(from(address), null).then(
        () => 'admitted',
        (error: { code: string }) => error.code,
      )
    const crowd = ['192.0.2.1', '192.0.2.1', '192.0.2.1'].map(ask)
    const other = ask('192.0.2.2')
    const newcomers = ['192.0.2.3', '192.0.2.4'].map(ask)
    expect([await crowd[2], await crowd[1]]).toEqual(['busy', 'busy'])
    expect(wanted.map(isWanted => isWanted())).toEqual([true, false, false, true, true, true])
    // Each network has one by now.
    expect(await ask('192.0.2.5')).toBe('busy')
    for (let question = 0; question < 6; question++) answer(admitted)
    expect(await Promise.all([crowd[0], other, ...newcomers])).toEqual(times(4, 'admitted'))
    expect(outcomes).toEqual(['unknown', 'unknown'])
  })

  it('a network makes no room for itself', async () => {
    const { questions } = gate({ maxWaiting: 2 })
    for (const address of ['192.0.2.1', '192.0.2.1']) void questions.ask(from(address), null)
    await expect(questions.ask(from('192.0.2.1'), null)).rejects.toMatchObject({ code: 'busy' })
  })
})

const times = (count: number, answer: string) => Array.from({ length: count }, () => answer)

describe('a worker that ends', () => {
  it('leaves nothing counted, whether it was answered before or after', async () => {
    const { desk, worker, questions, answer, admitted, outcomes } = gate()
    const first = questions.ask(attempt, null)
    void questions.ask(attempt, null)
    answer(admitted)
    await first
    desk.gone(worker)
    expect(outcomes).toEqual(['unknown'])
    answer(admitted)
    await vi.advanceTimersByTimeAsync(0)
    expect(outcomes).toEqual(['unknown', 'unknown'])
  })
})
