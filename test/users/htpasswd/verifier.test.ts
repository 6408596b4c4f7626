/** Checking passwords without hashing them: what is compared, what is remembered, what is refused. */
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { RequestError } from '../../../src/errors/request-error.js'
import type { CompareOutcome, Comparison } from '../../../src/users/htpasswd/compare-thread.js'
import type { Comparer } from '../../../src/users/htpasswd/compare-threads.js'
import { parseHtpasswd } from '../../../src/users/htpasswd/parse.js'
import { createVerifierWith, type VerifierOptions } from '../../../src/users/htpasswd/verifier.js'

const bcrypt = (cost: string, filler: string) => `$2y$${cost}$${filler.repeat(53)}`
const users = (...lines: string[]) => parseHtpasswd(lines.join('\n'), 'htpasswd')

/** Compares at once, and writes down what it was asked; the password `right` fits every hash but a decoy. */
function recorded(options: Partial<VerifierOptions> = {}) {
  const asked: Comparison[] = []
  const comparer: Comparer = {
    compare: async comparison => {
      asked.push(comparison)
      return comparison.password === 'right' && !comparison.hash.includes('.....') ? 'match' : 'mismatch'
    },
    close: async () => undefined,
  }
  return { asked, verifier: createVerifierWith(comparer, { ...usual, ...options }) }
}

/** Compares when told to. */
function held(options: Partial<VerifierOptions> = {}) {
  const waiting: { answer: (outcome: CompareOutcome) => void; fail: (error: Error) => void }[] = []
  const comparer: Comparer = {
    compare: () => new Promise((answer, fail) => waiting.push({ answer, fail })),
    close: async () => undefined,
  }
  return { waiting, verifier: createVerifierWith(comparer, { ...usual, ...options }) }
}

const usual: VerifierOptions = { threads: 1, maxQueue: 8, maxRemembered: 100, randomKey: Buffer.alloc(32, 1) }

const one = users(`amy:${bcrypt('10', 'a')}`)

describe('a login', () => {
  it.each([
    ['the right password', 'amy', 'right', true],
    ['a wrong password', 'amy', 'wrong', false],
    ['an empty password', 'amy', '', false],
    ['a password with a NUL', 'amy', 'right\0', false],
    ['an unknown user', 'bob', 'right', false],
    ['a name with a NUL', 'amy\0', 'right', false],
    ['an empty name', '', 'right', false],
    ['a name of every object', '__proto__', 'right', false],
  ])('%s: %j %j -> %j, after exactly one comparison at the cost of the file', async (_, name, password, answer) => {
    const { asked, verifier } = recorded()
    expect(await verifier.verify(one, name, password)).toBe(answer)
    expect(asked.map(({ hash }) => hash.slice(0, 7))).toEqual(['$2y$10$'])
    expect(asked.map(comparison => comparison.password)).toEqual([password])
  })

  it('with an empty password is false even if it fits, and so is that of an unknown user', async () => {
    const comparer: Comparer = { compare: async () => 'match', close: async () => undefined }
    const verifier = createVerifierWith(comparer, usual)
    expect(await verifier.verify(one, 'amy', '')).toBe(false)
    expect(await verifier.verify(one, 'amy', '\0')).toBe(false)
    expect(await verifier.verify(one, 'bob', 'right')).toBe(false)
    expect(verifier.isProved(one, 'bob', 'right')).toBe(false)
  })

  it('against an empty file costs as much as the hash that would be created', async () => {
    const { asked, verifier } = recorded()
    expect(await verifier.verify(users(), 'amy', 'right')).toBe(false)
    expect(asked.map(({ hash }) => hash.slice(0, 7))).toEqual(['$2y$10$'])
  })
})

describe('unknown users of a file with mixed hashes', () => {
  const lines = [`a:${bcrypt('05', 'a')}`, `b:${bcrypt('12', 'b')}`, 'c:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=']
  const unknown = Array.from({ length: 300 }, (_, index) => `unknown-${index}`)

  async function kindsOf(file: typeof one, randomKey = usual.randomKey): Promise<string[]> {
    const { asked, verifier } = recorded({ randomKey })
    for (const name of unknown) await verifier.verify(file, name, 'guess')
    return asked.map(({ hash }) => hash.slice(0, 7))
  }

  it('cost what some known user costs, each about as often', async () => {
    const kinds = await kindsOf(users(...lines))
    for (const kind of ['$2y$05$', '$2y$12$', '{SHA}AA']) {
      const count = kinds.filter(other => other === kind).length
      expect(count, kind).toBeGreaterThan(60)
      expect(count, kind).toBeLessThan(140)
    }
  })

  it('keep their cost, whatever is guessed and whoever comes and goes', async () => {
    const before = await kindsOf(users(...lines))
    expect(await kindsOf(users(...lines))).toEqual(before)
    expect(await kindsOf(users(`d:${bcrypt('12', 'd')}`, ...lines.reverse(), `e:${bcrypt('05', 'e')}`))).toEqual(before)
  })

  it('have costs that nobody can compute without the key', async () => {
    expect(await kindsOf(users(...lines), Buffer.alloc(32, 2))).not.toEqual(await kindsOf(users(...lines)))
  })

  it('include those whose line cannot be used', async () => {
    const { asked, verifier } = recorded()
    expect(await verifier.verify(users('amy:right', `bob:${bcrypt('10', 'b')}`), 'amy', 'right')).toBe(false)
    expect(asked.map(({ hash }) => hash)).toEqual([bcrypt('10', '.')])
  })
})

describe('a proved password', () => {
  it('is compared once', async () => {
    const { asked, verifier } = recorded()
    expect(verifier.isProved(one, 'amy', 'right')).toBe(false)
    await verifier.verify(one, 'amy', 'right')
    expect(verifier.isProved(one, 'amy', 'right')).toBe(true)
    expect(await verifier.verify(one, 'amy', 'right')).toBe(true)
    expect(asked).toHaveLength(1)
  })

  it('holds for other lists in which the user has the same hash, and for no other', async () => {
    const { verifier } = recorded()
    await verifier.verify(one, 'amy', 'right')
    expect(verifier.isProved(users('# moved', `amy:${bcrypt('10', 'a')}`), 'amy', 'right')).toBe(true)
    expect(verifier.isProved(users(`amy:${bcrypt('10', 'b')}`), 'amy', 'right')).toBe(false)
    expect(verifier.isProved(users('amy:secret'), 'amy', 'right')).toBe(false)
    expect(verifier.isProved(users(), 'amy', 'right')).toBe(false)
  })

  it('is forgotten when more than the limit were proved since it was used last', async () => {
    const { verifier } = recorded({ maxRemembered: 2 })
    const file = users('a:{PLAIN}x', 'b:{PLAIN}x', 'c:{PLAIN}x')
    await verifier.verify(file, 'a', 'right')
    await verifier.verify(file, 'b', 'right')
    expect(verifier.isProved(file, 'a', 'right')).toBe(true)
    await verifier.verify(file, 'c', 'right')
    expect(['a', 'b', 'c'].filter(name => verifier.isProved(file, name, 'right'))).toEqual(['a', 'c'])
  })

  it('is never a wrong one', async () => {
    const { verifier } = recorded()
    await verifier.verify(one, 'amy', 'wrong')
    expect(verifier.isProved(one, 'amy', 'wrong')).toBe(false)
    expect(await verifier.verify(one, 'amy', 'wrong')).toBe(false)
  })

  it('proves nothing else: 10,000 pairs of credentials, none taken for another', async () => {
    const comparer: Comparer = { compare: async () => 'match', close: async () => undefined }
    const verifier = createVerifierWith(comparer, { ...usual, maxRemembered: 20_000 })
    // Few characters, and digits and colons among them, so that pieces of one pair often make up another.
    const word = fc.oneof(
      fc.string({ unit: fc.constantFrom('a', 'b', ':', '1', '\uD800', '\uD801', '\uFFFD'), maxLength: 4 }),
      fc.string({ unit: 'binary', maxLength: 6 }),
    )
    const hash = fc.constantFrom('{PLAIN}a', '{PLAIN}b', '{PLAIN}a1')
    const tried = new Set<string>()
    await fc.assert(
      fc.asyncProperty(word, word, hash, async (name, password, text) => {
        const file = { file: 'f', entries: new Map([[name, { name, hash: text, line: 1 }]]) }
        const pair = JSON.stringify([name, password, text])
        expect(verifier.isProved(file, name, password)).toBe(tried.has(pair))
        if (await verifier.verify(file, name, password)) tried.add(pair)
      }),
      { numRuns: 10_000 },
    )
    expect(tried.size).toBeGreaterThan(3000)
  })
})

describe('a wrong password', () => {
  it.each([
    ['of a user', 'amy'],
    ['of nobody', 'bob'],
  ])('%s is compared once within ten seconds, and again after them', async (_, name) => {
    let now = 0
    const { asked, verifier } = recorded({ now: () => now })
    expect(verifier.isKnownWrong(one, name, 'wrong')).toBe(false)
    expect(await verifier.verify(one, name, 'wrong')).toBe(false)
    now = 9_999
    expect(verifier.isKnownWrong(one, name, 'wrong')).toBe(true)
    expect(await verifier.verify(one, name, 'wrong')).toBe(false)
    expect(asked).toHaveLength(1)
    now = 10_000
    expect(verifier.isKnownWrong(one, name, 'wrong')).toBe(false)
    expect(await verifier.verify(one, name, 'wrong')).toBe(false)
    expect(asked).toHaveLength(2)
  })

  it('is right at once when the line of the user has changed', async () => {
    const asked: string[] = []
    const comparer: Comparer = {
      compare: async ({ hash }) => {
        asked.push(hash)
        return hash === bcrypt('10', 'b') ? 'match' : 'mismatch'
      },
      close: async () => undefined,
    }
    const verifier = createVerifierWith(comparer, usual)
    expect(await verifier.verify(one, 'amy', 'new')).toBe(false)
    expect(await verifier.verify(users(`amy:${bcrypt('10', 'b')}`), 'amy', 'new')).toBe(true)
    expect(asked).toEqual([bcrypt('10', 'a'), bcrypt('10', 'b')])
  })

  it('is not what could not be compared', async () => {
    const { waiting, verifier } = held()
    const login = verifier.verify(one, 'amy', 'right')
    waiting[0]?.answer('failed')
    expect(await login).toBe(false)
    expect(verifier.isKnownWrong(one, 'amy', 'right')).toBe(false)
  })

  it('is forgotten when more than the limit were found wrong since', async () => {
    const { verifier } = recorded({ maxRemembered: 2 })
    for (const password of ['1', '2', '3']) await verifier.verify(one, 'amy', password)
    expect(['1', '2', '3'].map(password => verifier.isKnownWrong(one, 'amy', password))).toEqual([false, true, true])
  })
})

describe('logins at the same time', () => {
  it('with the same credentials are compared once, whatever the answer', async () => {
    for (const outcome of ['match', 'mismatch'] as const) {
      const { waiting, verifier } = held()
      const logins = Array.from({ length: 50 }, () => verifier.verify(one, 'amy', 'secret'))
      expect(waiting).toHaveLength(1)
      waiting[0]?.answer(outcome)
      expect(new Set(await Promise.all(logins))).toEqual(new Set([outcome === 'match']))
    }
  })

  it('with other credentials, or after the line changed, are compared for themselves', () => {
    const { waiting, verifier } = held({ threads: 4 })
    void verifier.verify(one, 'amy', 'secret')
    void verifier.verify(one, 'amy', 'other')
    void verifier.verify(one, 'bob', 'secret')
    void verifier.verify(users(`amy:${bcrypt('10', 'b')}`), 'amy', 'secret')
    expect(waiting).toHaveLength(4)
  })

  it('are compared one name after the other, and the least suspicious first', async () => {
    const asked: string[] = []
    const answers: (() => void)[] = []
    const comparer: Comparer = {
      compare({ password }) {
        asked.push(password)
        return new Promise(resolve => answers.push(() => resolve('mismatch')))
      },
      close: async () => undefined,
    }
    const verifier = createVerifierWith(comparer, usual)
    const logins = [
      verifier.verify(one, 'amy', 'amy 1', 1),
      verifier.verify(one, 'amy', 'amy 2', 1),
      verifier.verify(one, 'amy', 'amy 3', 1),
      verifier.verify(one, 'bob', 'bob 1', 1),
      verifier.verify(one, 'carol', 'guess', 7),
      verifier.verify(one, 'dave', 'known', 0),
    ]
    expect(verifier.waiting).toBe(6)
    for (let turn = 0; turn < logins.length; turn++) {
      answers[turn]?.()
      await vi.waitFor(() => expect(asked.length).toBe(Math.min(turn + 2, logins.length)))
    }
    await Promise.all(logins)
    expect(asked).toEqual(['amy 1', 'known', 'amy 2', 'bob 1', 'amy 3', 'guess'])
    expect(verifier.waiting).toBe(0)
  })

  it('beyond the queue are refused as busy, those already proved are not', async () => {
    const { waiting, verifier } = held({ threads: 2, maxQueue: 3 })
    const proof = verifier.verify(one, 'amy', 'right')
    waiting.shift()?.answer('match')
    await proof
    const logins = ['1', '2', '3', '4', '5', '6'].map(password =>
      verifier.verify(one, 'amy', password).catch((error: unknown) => error),
    )
    // One of those in the middle: see turns.test.ts.
    const refused = await logins[4]
    expect(refused).toBeInstanceOf(RequestError)
    expect(refused).toMatchObject({ code: 'busy', status: 503, headers: { 'Retry-After': '1' } })
    expect(verifier.isProved(one, 'amy', 'right')).toBe(true)
    expect(await verifier.verify(one, 'amy', 'right')).toBe(true)
    for (let answers = 0; answers < 5; answers++) {
      await vi.waitFor(() => expect(waiting.length).toBeGreaterThan(0))
      waiting.shift()?.answer('mismatch')
    }
    expect(await Promise.all(logins)).toEqual([false, false, false, false, refused, false])
    const next = verifier.verify(one, 'amy', '5')
    waiting.at(-1)?.answer('match')
    expect(await next).toBe(true)
  })
})

describe('what goes wrong inside', () => {
  it('a hash that cannot be compared lets nobody in and is reported by its line', async () => {
    const reports: string[] = []
    const { waiting, verifier } = held({ onFailure: message => reports.push(message) })
    const login = verifier.verify(one, 'amy', 'right')
    waiting[0]?.answer('failed')
    expect(await login).toBe(false)
    expect(reports).toEqual(['the hash of htpasswd:1 could not be compared'])
  })

  it('threads that do not run are busy and reported, not a wrong password', async () => {
    const reports: string[] = []
    const { waiting, verifier } = held({ onFailure: message => reports.push(message) })
    const login = verifier.verify(one, 'amy', 'right')
    waiting[0]?.fail(new Error('the thread ended'))
    await expect(login).rejects.toMatchObject({ code: 'busy' })
    expect(reports).toEqual(['a password could not be checked: the thread ended'])
    const again = verifier.verify(one, 'amy', 'right')
    waiting[1]?.answer('match')
    expect(await again).toBe(true)
  })
})
