/** When a worker asks before it checks a password, and what it tells of the outcome. */
import { describe, expect, it } from 'vitest'
import { RequestError } from '../../../src/errors/request-error.js'
import type { PasswordOutcome } from '../../../src/login-limits/limits.js'
import type { LoginLimitClient } from '../../../src/server/worker/login-limit-client.js'
import { type PasswordChecks, shareUsers } from '../../../src/server/worker/shared-users.js'
import { createStanding } from '../../../src/server/worker/standing.js'
import type { Users } from '../../../src/users/htpasswd/users.js'
import { stateOf } from '../fake-worker.js'

const file = 'htpasswd'
const listOf = (...names: readonly string[]): Users => ({
  file,
  entries: new Map(names.map((name, index) => [name, { name, hash: '{PLAIN}right', line: index + 1 }])),
})

/** `right` is right for whoever is in the list, `proved` was proved, `old` is known to be wrong, `broken` cannot be checked. */
const passwords = (): PasswordChecks => ({
  standing: createStanding(10),
  isProved: (users, name, password) => users.entries.has(name) && password === 'proved',
  isKnownWrong: (_users, _name, password) => password === 'old',
  async verify(users, name, password) {
    if (password === 'broken') throw new RequestError('busy')
    return users.entries.has(name) && (password === 'right' || password === 'proved')
  },
  waiting: 0,
  acceptProof: () => {},
  close: async () => {},
})

function worker({ limits = true, answer = async () => {} }: { limits?: boolean; answer?: () => Promise<void> } = {}) {
  const asked: string[] = []
  const outcomes: PasswordOutcome[] = []
  const logins: LoginLimitClient = {
    async ask({ network }, user, proved = false) {
      asked.push(`${user ?? 'nobody'} at ${network}${proved ? ', proved' : ''}`)
      await answer()
      return outcome => void outcomes.push(outcome)
    },
    answered: () => {},
  }
  const state = { ...stateOf('fine'), users: new Map([[file, listOf('amy')]]) }
  const settings = limits ? state.settings : { ...state.settings, loginLimits: null }
  return { users: shareUsers(passwords(), { ...state, settings }, logins), asked, outcomes }
}

describe('a password', () => {
  it.each<[string, string, boolean, string[], PasswordOutcome[]]>([
    ['amy', 'right', true, ['amy at 192.0.2.7'], ['right']],
    ['amy', 'wrong', false, ['amy at 192.0.2.7'], ['wrong']],
    ['bob', 'right', false, ['nobody at 192.0.2.7'], ['wrong']],
    ['amy', 'proved', true, ['amy at 192.0.2.7, proved'], ['right']],
    ['amy', 'old', false, [], []],
  ])('of %s that is %s is %s: asked about %j, told %j', async (name, password, right, asked, outcomes) => {
    const one = worker()
    expect(await one.users.check(file, name, password, '192.0.2.7')).toBe(right)
    expect(one).toMatchObject({ asked, outcomes })
  })

  it('that is proved is not asked about where it has been shown, and nowhere else', async () => {
    const one = worker()
    expect(one.users.isProved(file, 'amy', 'proved', '192.0.2.7')).toBe(false)
    await one.users.check(file, 'amy', 'proved', '192.0.2.7')
    expect(one.users.isProved(file, 'amy', 'proved', '192.0.2.7')).toBe(true)
    // Somebody there may be trying one password after the other.
    expect(one.users.isProved(file, 'amy', 'proved', '192.0.2.8')).toBe(false)
    expect(one.users.isProved(file, 'bob', 'proved', '192.0.2.7')).toBe(false)
    const free = worker({ limits: false })
    expect(free.users.isProved(file, 'amy', 'proved', '192.0.2.8')).toBe(true)
  })

  it('that cannot be checked counts as nothing', async () => {
    const one = worker()
    await expect(one.users.check(file, 'amy', 'broken', '192.0.2.7')).rejects.toMatchObject({ code: 'busy' })
    expect(one.outcomes).toEqual(['unknown'])
  })

  it('is not checked where the answer is no', async () => {
    const one = worker({ answer: () => Promise.reject(new RequestError('too-many-wrong-passwords')) })
    await expect(one.users.check(file, 'amy', 'right', '192.0.2.7')).rejects.toMatchObject({ status: 429 })
    expect(one.outcomes).toEqual([])
  })

  it('is never asked about where the limits are off', async () => {
    const one = worker({ limits: false })
    expect(await one.users.check(file, 'amy', 'right', '192.0.2.7')).toBe(true)
    expect(await one.users.check(file, 'amy', 'wrong', '192.0.2.7')).toBe(false)
    expect(one.asked).toEqual([])
  })

  it('of a user who is removed while the answer is awaited lets nobody in', async () => {
    const one = worker({ answer: async () => one.users.changed(file, listOf('bob')) })
    expect(await one.users.check(file, 'amy', 'right', '192.0.2.7')).toBe(false)
    expect(one.outcomes).toEqual(['wrong'])
  })
})
