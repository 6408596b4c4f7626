/** Wrong passwords are refused unchecked after a while, in both workers alike, and nobody else is locked out by it. */
import { readFileSync, writeFileSync } from 'node:fs'
import type { AgentOptions } from 'node:https'
import { join } from 'node:path'
import bcrypt from 'bcryptjs'
import { afterEach, describe, expect, it } from 'vitest'
import { type Gate, type GateOptions, startGate, user } from './parts/gate.js'
import { clientAt, type Login, statuses, times } from './parts/login-client.js'
import { eventually } from './parts/settle.js'

let gate: Gate
afterEach(() => gate.stop())

const start = async (options: GateOptions = {}) => {
  gate = await startGate('embedded', { ...options, flags: ['--workers', '2', ...(options.flags ?? [])] })
}

const at = (address: string, options: AgentOptions = {}) => clientAt(gate.port, address, options)

/** One guess after the other. */
async function guess(address: string, name: string, count: number): Promise<Login[]> {
  const { login } = at(address)
  const answers: Login[] = []
  for (let turn = 0; turn < count; turn++) answers.push(await login(name, `guess ${turn}`))
  return answers
}

/** Replaces the users, and waits until both workers know it. */
async function haveUsers(passwords: ReadonlyMap<string, string>, cost: number): Promise<void> {
  const probe = [`probe-${passwords.size}-${cost}-${passwords.values().next().value}`, 'probe'] as const
  const lines = [...passwords, probe].map(([name, password]) => `${name}:${bcrypt.hashSync(password, cost)}\n`)
  const known = () => gate.log().split('"msg":"users read"').length
  const before = known()
  writeFileSync(join(gate.folder, 'htpasswd'), lines.join(''))
  await eventually(
    () => 'the users are not read',
    () => known() > before,
  )
  await eventually(
    () => 'the users are not in force',
    async () => (await at('127.0.0.200').login(...probe)).status === 200,
  )
}

const bytesRead = (pid: number) => Number(/^rchar: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1])

describe('wrong passwords for one user from one address', () => {
  it('are checked ten times, whichever worker is asked, and then refused with 429', async () => {
    await start()
    const before = gate.workers().map(bytesRead)
    const answers = await guess('127.0.0.2', user.name, 14)
    expect(statuses(answers)).toEqual([...times(10, 401), ...times(4, 429)])
    // Both have had connections: a handshake alone is more than this.
    for (const [index, pid] of gate.workers().entries())
      expect(bytesRead(pid) - (before[index] ?? 0)).toBeGreaterThan(400)
    const last = answers.at(-1)
    expect(Number(last?.headers['retry-after'])).toBeGreaterThan(0)
    expect(Number(last?.headers['retry-after'])).toBeLessThanOrEqual(300)
    expect(last?.headers['content-type']).toBe('application/json; charset=utf-8')
    expect(JSON.parse(last?.body ?? '')).toEqual({
      errors: [{ code: 'TOOMANYREQUESTS', message: 'too many wrong passwords: try again later', detail: null }],
    })

    // Not even the right one is looked at, from there; elsewhere it is. That it is proved then lets in nobody who may have guessed it.
    const rightAt = async (address: string) => {
      const { login } = at(address)
      return statuses(await Promise.all(Array.from({ length: 8 }, () => login(user.name, user.password))))
    }
    expect(await rightAt('127.0.0.2')).toEqual(times(8, 429))
    expect(await rightAt('127.0.0.3')).toEqual(times(8, 200))
    expect(await rightAt('127.0.0.2')).toEqual(times(8, 429))
    // Whoever has shown it there before is not kept out by a guesser of the same address, in neither worker.
    await guess('127.0.0.3', user.name, 14)
    expect(await rightAt('127.0.0.3')).toEqual(times(8, 200))
  })

  it('are refused for a name that nobody has in the same words after the same number', async () => {
    await start()
    const known = await guess('127.0.0.2', user.name, 12)
    const unknown = await guess('127.0.0.2', 'nobody', 12)
    const visible = ({ status, body, headers }: Login) => ({ status, body, names: Object.keys(headers) })
    expect(unknown.map(visible)).toEqual(known.map(visible))
  })

  it('are counted anew when the time of Retry-After is over', async () => {
    await start({ yaml: 'login_limits: { wrong_passwords: 3, window: 2 }\n' })
    const answers = await guess('127.0.0.2', user.name, 4)
    expect(statuses(answers)).toEqual([401, 401, 401, 429])
    expect(Number(answers.at(-1)?.headers['retry-after'])).toBeLessThanOrEqual(2)
    await eventually(
      () => 'still locked',
      async () => (await at('127.0.0.2').login(user.name, user.password)).status === 200,
    )
  })

  it('stay counted over a reload', async () => {
    await start()
    await guess('127.0.0.2', user.name, 10)
    process.kill(gate.pid, 'SIGHUP')
    await eventually(
      () => gate.log(),
      () => gate.log().includes('the configuration was reloaded and is in force'),
    )
    expect((await at('127.0.0.2').login(user.name, 'one more')).status).toBe(429)
  })

  it('are all checked where the limits are off', async () => {
    await start({ yaml: 'login_limits: off\n' })
    expect(statuses(await guess('127.0.0.2', user.name, 15))).toEqual(times(15, 401))
  })

  it('are told: one line for the lock, an audit line for each login, numbers', async () => {
    await start({ flags: ['--metrics', '127.0.0.1:0'] })
    await guess('127.0.0.2', user.name, 13)
    await guess('127.0.0.3', 'my secret password', 12)
    interface Line {
      readonly msg: string
      readonly reason?: string
      readonly user?: string
      readonly network?: string
    }
    const lines = (): Line[] =>
      gate
        .log()
        .split('\n')
        .filter(line => line.startsWith('{'))
        .map((line): Line => JSON.parse(line))
    await eventually(
      () => gate.log(),
      () => lines().filter(({ reason }) => reason !== undefined).length === 25,
    )
    const locks = lines().filter(({ msg }) => msg.startsWith('too many wrong passwords'))
    expect(locks.map(({ network, user }) => ({ network, user }))).toEqual([
      { network: '127.0.0.2', user: user.name },
      { network: '127.0.0.3', user: undefined },
    ])
    const refused = lines().filter(({ msg, reason }) => msg === 'audit' && reason === 'locked')
    expect(refused.map(line => line.user)).toEqual([user.name, user.name, user.name, undefined, undefined])
    expect(gate.log()).not.toContain('my secret password')
    const numbers = await (await fetch(gate.metricsUrl)).text()
    expect(numbers).toContain('portcullis_logins_total{outcome="wrong"} 20')
    expect(numbers).toContain('portcullis_logins_total{outcome="locked"} 5')
    expect(numbers).toContain('portcullis_login_locks_total{kind="user"} 2')
  })
})

describe('what clients do by themselves', () => {
  it('a burst of the same credentials, as of `docker compose pull`, is let in, and counts once with an old password', async () => {
    await start({ cost: 8 })
    const burst = (address: string, password: string) => {
      const { login } = at(address)
      return Promise.all(Array.from({ length: 60 }, () => login(user.name, password)))
    }
    expect(statuses(await burst('127.0.0.2', 'the old one'))).toEqual(times(60, 401))
    expect(statuses(await guess('127.0.0.2', user.name, 10))).toEqual([...times(9, 401), 429])
    await guess('127.0.0.3', user.name, 9)
    expect(statuses(await burst('127.0.0.3', user.password))).toEqual(times(60, 200))
  })
})

describe('people behind the address of a guesser', () => {
  it('are let in with what they have proved, with a new password as well, and all at the same time', async () => {
    await start({ yaml: 'login_limits: { per_address: 40 }\n' })
    const names = Array.from({ length: 50 }, (_, index) => `user-${index}`)
    await haveUsers(new Map(names.map(name => [name, `first of ${name}`])), 4)
    const office = at('127.0.0.2')
    const all = (which: string) => Promise.all(names.map(name => office.login(name, `${which} of ${name}`)))
    expect(statuses(await all('first'))).toEqual(times(50, 200))

    const spray = async (round: number) => {
      const { login } = at('127.0.0.2')
      const answers: Login[] = []
      for (let turn = 0; turn < 25; turn++) answers.push(await login(`guessed-${round}-${turn}`, 'password1'))
      return answers
    }
    const sprayed = statuses((await Promise.all([spray(1), spray(2)])).flat())
    expect(sprayed.filter(status => status === 401)).toHaveLength(40)
    expect(sprayed.filter(status => status === 429)).toHaveLength(10)

    expect(statuses(await all('first'))).toEqual(times(50, 200))
    await haveUsers(new Map(names.map(name => [name, `second of ${name}`])), 4)
    expect(statuses(await all('second'))).toEqual(times(50, 200))
  })
})
