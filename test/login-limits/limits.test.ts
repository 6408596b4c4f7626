/** Who may have a password checked, by a clock and by checks that the tests move themselves. */
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { describeAttempt } from '../../src/login-limits/attempt.js'
import { type Counts, createMemoryCounts, rememberingHere } from '../../src/login-limits/counts.js'
import {
  createLoginLimits,
  defaultRules,
  type LimitRules,
  type PasswordOutcome,
} from '../../src/login-limits/limits.js'

const key = Buffer.alloc(32, 1)
const attempt = (address: string, name: string, password: string) => describeAttempt(key, address, name, password)

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const clock = () => performance.now()

function gate(rules: Partial<LimitRules> = {}, own = createMemoryCounts({ now: clock, maxKeys: 1_000 })) {
  const limits = createLoginLimits({
    rules: () => ({ ...defaultRules, ...rules }),
    counts: () => own,
    now: clock,
    timeoutMs: 5_000,
  })
  /** Asks and ends at once; what the answer was. */
  const login = async (address: string, name: string, password: string, outcome: PasswordOutcome) => {
    const verdict = await limits.admit(attempt(address, name, password))
    if (verdict.kind === 'admitted') await verdict.end(outcome)
    return verdict.kind
  }
  /** As many distinct wrong passwords; the answer to each. */
  const guess = async (address: string, name: string, times: number) => {
    const answers: string[] = []
    for (let turn = 0; turn < times; turn++) answers.push(await login(address, name, `guess ${turn}`, 'wrong'))
    return answers
  }
  return { limits, login, guess }
}

const times = (count: number, answer: string) => Array.from({ length: count }, () => answer)

describe('a user of a network', () => {
  it('is let in with a proved password where a right one has been shown before, and not where others guess', async () => {
    const { limits, login, guess } = gate()
    expect(await login('192.0.2.7', 'amy', 'right', 'right')).toBe('admitted')
    for (const address of ['192.0.2.7', '192.0.2.8']) await guess(address, 'amy', 11)
    const kindAt = async (address: string) => (await limits.admit(attempt(address, 'amy', 'right'), true)).kind
    expect([await kindAt('192.0.2.7'), await kindAt('192.0.2.8'), await kindAt('192.0.2.9')]).toEqual([
      'admitted',
      'locked',
      'admitted',
    ])
  })

  it('has ten wrong passwords, then none until the window has ended', async () => {
    const { login, guess, limits } = gate()
    expect(await guess('192.0.2.7', 'amy', 12)).toEqual([...times(10, 'admitted'), ...times(2, 'locked')])
    vi.advanceTimersByTime(1_500)
    expect(await limits.admit(attempt('192.0.2.7', 'amy', 'right'))).toMatchObject({ of: 'pair', seconds: 299 })
    vi.advanceTimersByTime(298_499)
    expect(await limits.admit(attempt('192.0.2.7', 'amy', 'right'))).toMatchObject({ kind: 'locked', seconds: 1 })
    vi.advanceTimersByTime(1)
    expect(await login('192.0.2.7', 'amy', 'right', 'right')).toBe('admitted')
    expect(await guess('192.0.2.7', 'amy', 9)).toEqual(times(9, 'admitted'))
  })

  it('does not lock the same user elsewhere, nor others there', async () => {
    const { login, guess } = gate()
    await guess('192.0.2.7', 'amy', 10)
    expect(await login('192.0.2.8', 'amy', 'right', 'right')).toBe('admitted')
    expect(await login('192.0.2.7', 'bob', 'right', 'right')).toBe('admitted')
    expect(await login('192.0.2.7', 'amy', 'right', 'right')).toBe('locked')
  })

  it('is counted for all addresses of a /64', async () => {
    const { login, guess } = gate()
    await guess('2001:db8::1', 'amy', 10)
    expect(await login('2001:db8::2', 'amy', 'one more', 'wrong')).toBe('locked')
    expect(await login('2001:db8:0:1::2', 'amy', 'one more', 'wrong')).toBe('admitted')
  })

  it.each<[string, PasswordOutcome]>([
    ['right', 'right'],
    ['that could not be checked', 'unknown'],
  ])('is not counted for a password %s, however often', async (_, outcome) => {
    const { login, guess } = gate()
    for (let turn = 0; turn < 30; turn++) expect(await login('192.0.2.7', 'amy', `${turn}`, outcome)).toBe('admitted')
    expect(await guess('192.0.2.7', 'amy', 11)).toEqual([...times(10, 'admitted'), 'locked'])
  })

  it('is counted once for the same wrong password', async () => {
    const { login, guess } = gate()
    for (let turn = 0; turn < 30; turn++) expect(await login('192.0.2.7', 'amy', 'guess 0', 'wrong')).toBe('admitted')
    expect(await guess('192.0.2.7', 'amy', 11)).toEqual([...times(10, 'admitted'), 'locked'])
  })

  it('keeps its wrong passwords after a right one', async () => {
    const { login, guess } = gate()
    await guess('192.0.2.7', 'amy', 9)
    await login('192.0.2.7', 'amy', 'right', 'right')
    expect(await login('192.0.2.7', 'amy', 'ninth', 'wrong')).toBe('admitted')
    expect(await login('192.0.2.7', 'amy', 'tenth', 'wrong')).toBe('locked')
  })
})

describe('a network', () => {
  const spray = async ({ login }: ReturnType<typeof gate>, count: number) => {
    const answers: string[] = []
    for (let turn = 0; turn < count; turn++) answers.push(await login('192.0.2.7', `name ${turn}`, 'guess', 'wrong'))
    return answers
  }

  it('has a hundred wrong pairs of name and password', async () => {
    const one = gate()
    expect(await spray(one, 102)).toEqual([...times(100, 'admitted'), ...times(2, 'locked')])
    expect(await one.limits.admit(attempt('192.0.2.7', 'new', 'x'))).toMatchObject({ of: 'network', seconds: 300 })
    expect(await one.login('192.0.2.8', 'new', 'x', 'wrong')).toBe('admitted')
  })

  it('does not lock out those who have shown a right password from there', async () => {
    const one = gate()
    await one.login('192.0.2.7', 'amy', 'old', 'right')
    await spray(one, 101)
    expect(await one.login('192.0.2.7', 'new', 'right', 'right')).toBe('locked')
    expect(await one.login('192.0.2.7', 'amy', 'new', 'right')).toBe('admitted')
    expect(await one.guess('192.0.2.7', 'amy', 11)).toEqual([...times(10, 'admitted'), 'locked'])
  })

  it('is not counted for those either: an office may mistype', async () => {
    const one = gate()
    for (let user = 0; user < 30; user++) {
      await one.login('192.0.2.7', `user ${user}`, 'right', 'right')
      await one.guess('192.0.2.7', `user ${user}`, 9)
    }
    expect(await one.login('192.0.2.7', 'new', 'right', 'right')).toBe('admitted')
  })

  it('whose users are locked is not counted for what they still try', async () => {
    const one = gate()
    await one.guess('192.0.2.7', 'amy', 300)
    expect(await one.login('192.0.2.7', 'bob', 'right', 'right')).toBe('admitted')
  })
})

describe('attempts at the same time', () => {
  it('are never more wrong ones than the limit, and one too many waits until the others are known', async () => {
    const { limits } = gate()
    const first = await Promise.all(
      Array.from({ length: 10 }, (_, turn) => limits.admit(attempt('192.0.2.7', 'amy', `${turn}`))),
    )
    const answers: string[] = []
    const late = ['a', 'b', 'c'].map(async password => {
      const verdict = await limits.admit(attempt('192.0.2.7', 'amy', password))
      answers.push(verdict.kind)
      return verdict
    })
    await vi.advanceTimersByTimeAsync(1_000)
    expect(answers).toEqual([])
    const [one, ...others] = first.map(verdict => (verdict.kind === 'admitted' ? verdict.end : null))
    await one?.('right')
    await vi.advanceTimersByTimeAsync(0)
    expect(answers).toEqual(['admitted'])
    for (const end of others) await end?.('wrong')
    await vi.advanceTimersByTimeAsync(1_000)
    const admitted = (await Promise.race(late)) ?? null
    if (admitted.kind === 'admitted') await admitted.end('wrong')
    await vi.advanceTimersByTimeAsync(1_000)
    expect((await Promise.all(late)).map(({ kind }) => kind).sort()).toEqual(['admitted', 'locked', 'locked'])
  })

  it('that wait too long for the others are busy', async () => {
    const { limits } = gate()
    for (let turn = 0; turn < 10; turn++) await limits.admit(attempt('192.0.2.7', 'amy', `${turn}`))
    const verdict = limits.admit(attempt('192.0.2.7', 'amy', 'late'))
    await vi.advanceTimersByTimeAsync(5_000)
    expect(await verdict).toEqual({ kind: 'busy' })
  })

  it('of five hundred people behind one address with right passwords are all let in', async () => {
    const { limits } = gate()
    const all = Array.from({ length: 500 }, async (_, user) => {
      const verdict = await limits.admit(attempt('192.0.2.7', `user ${user}`, 'right'))
      if (verdict.kind !== 'admitted') return verdict.kind
      await new Promise(resolve => setTimeout(resolve, 20 + (user % 7) * 10))
      await verdict.end('right')
      return 'in'
    })
    await vi.advanceTimersByTimeAsync(5_000)
    expect(await Promise.all(all)).toEqual(times(500, 'in'))
  })

  it('end in any order, and exactly the distinct wrong ones are counted', async () => {
    const login = fc.record({ password: fc.integer({ min: 0, max: 14 }), right: fc.boolean(), order: fc.nat() })
    await fc.assert(
      fc.asyncProperty(fc.array(login, { maxLength: 40 }), fc.integer({ min: 1, max: 6 }), async (logins, most) => {
        const own = createMemoryCounts({ now: () => 0, maxKeys: 1_000 })
        const limits = createLoginLimits({
          rules: () => ({ ...defaultRules, wrongPasswords: most }),
          counts: () => own,
          now: () => 0,
          timeoutMs: 60_000,
        })
        const wrong = new Set<string>()
        const underWay: { order: number; end: () => Promise<void> }[] = []
        let answered = 0
        const asked = logins.map(async ({ password, right, order }) => {
          // A password is either right or wrong, whoever tries it.
          const text = `${right ? 'right' : 'wrong'} ${password}`
          const verdict = await limits.admit(attempt('192.0.2.7', 'amy', text))
          answered++
          if (verdict.kind !== 'admitted') return verdict.kind
          if (!right) wrong.add(text)
          underWay.push({ order, end: () => verdict.end(right ? 'right' : 'wrong') })
          return verdict.kind
        })
        while (answered < logins.length || underWay.length > 0) {
          await vi.advanceTimersByTimeAsync(250)
          underWay.sort((a, b) => a.order - b.order)
          await underWay.shift()?.end()
        }
        const kinds = await Promise.all(asked)
        expect(kinds).not.toContain('busy')
        expect(wrong.size).toBeLessThanOrEqual(most)
        // Whoever was refused was refused for wrong passwords, and what is left is what they leave.
        if (kinds.includes('locked')) expect(wrong.size).toBe(most)
        const { value } = await own.add('pair', attempt('192.0.2.7', 'amy', '').pair, 1, 1)
        expect(value).toBe(wrong.size + 1)
      }),
      { numRuns: 200 },
    )
  })
})

describe('a lock', () => {
  it('is new once for each window', async () => {
    const { limits, guess } = gate()
    const isNew = async () => {
      const verdict = await limits.admit(attempt('192.0.2.7', 'amy', 'x'))
      return verdict.kind === 'locked' && verdict.isNew
    }
    await guess('192.0.2.7', 'amy', 10)
    expect([await isNew(), await isNew(), await isNew()]).toEqual([true, false, false])
    vi.advanceTimersByTime(300_000)
    await guess('192.0.2.7', 'amy', 10)
    expect([await isNew(), await isNew()]).toEqual([true, false])
  })

  it('is forgotten when more than the limit of others were counted since', async () => {
    const { guess, login } = gate({}, createMemoryCounts({ now: clock, maxKeys: 20 }))
    await guess('192.0.2.7', 'amy', 10)
    for (let other = 0; other < 21; other++) await login(`198.51.100.${other}`, 'amy', 'x', 'wrong')
    expect(await login('192.0.2.7', 'amy', 'x', 'wrong')).toBe('admitted')
  })
})

describe('a place that cannot be reached', () => {
  const broken: Counts = {
    add: async () => Promise.reject(new Error('away')),
    wasRight: async () => Promise.reject(new Error('away')),
    rememberRight: async () => Promise.reject(new Error('away')),
  }
  const limitsOver = (places: () => Counts) =>
    createLoginLimits({ rules: () => defaultRules, counts: places, now: clock, timeoutMs: 5_000 })

  it('is busy where there is no other', async () => {
    expect(await limitsOver(() => broken).admit(attempt('192.0.2.7', 'amy', 'x'))).toEqual({ kind: 'busy' })
  })

  it('is left for another one, and nothing stays under way in it', async () => {
    const own = createMemoryCounts({ now: clock, maxKeys: 100 })
    for (let turn = 0; turn < 30; turn++) {
      const places = [broken, own]
      const verdict = await limitsOver(() => places.shift() ?? own).admit(attempt('192.0.2.7', 'amy', 'right'))
      expect(verdict.kind).toBe('admitted')
      if (verdict.kind === 'admitted') await verdict.end('right')
    }
  })

  it('in the middle of a check counts no right password as wrong for longer than the window', async () => {
    const own = createMemoryCounts({ now: clock, maxKeys: 100 })
    let away = false
    const flaky: Counts = {
      add: (...said) => (away ? broken : own).add(...said),
      wasRight: pair => (away ? broken : own).wasRight(pair),
      rememberRight: pair => (away ? broken : own).rememberRight(pair),
    }
    const limits = limitsOver(() => flaky)
    for (let turn = 0; turn < 10; turn++) {
      away = false
      const verdict = await limits.admit(attempt('192.0.2.7', 'amy', `${turn}`))
      away = true
      if (verdict.kind === 'admitted') await verdict.end('right')
    }
    away = false
    expect(await limits.admit(attempt('192.0.2.7', 'amy', 'right'))).toMatchObject({ kind: 'locked' })
    vi.advanceTimersByTime(300_000)
    expect(await limits.admit(attempt('192.0.2.7', 'amy', 'right'))).toMatchObject({ kind: 'admitted' })
  })

  it('locks out nobody who has logged in before it was away, or while it was', async () => {
    const [shared, own] = [100, 100].map(maxKeys => createMemoryCounts({ now: clock, maxKeys }))
    if (shared === undefined || own === undefined) throw new Error('two places were made')
    const together = rememberingHere(shared, own)
    let place = together
    const limits = limitsOver(() => place)
    const say = async (name: string, word: string, outcome: PasswordOutcome, proved = false) => {
      const verdict = await limits.admit(attempt('192.0.2.7', name, word), proved)
      if (verdict.kind === 'admitted') await verdict.end(outcome)
      return verdict.kind
    }
    await say('amy', 'right', 'right')
    place = own
    await say('bob', 'right', 'right')
    for (let turn = 0; turn < 11; turn++) await say('amy', `guess ${turn}`, 'wrong')
    expect(await say('amy', 'right', 'right', true)).toBe('admitted')
    place = together
    for (let turn = 0; turn < 11; turn++) await say('bob', `guess ${turn}`, 'wrong')
    expect(await say('bob', 'right', 'right', true)).toBe('admitted')
    expect(await say('bob', 'another guess', 'wrong')).toBe('locked')
  })
})
