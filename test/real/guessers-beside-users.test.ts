/** Sixteen clients that guess passwords, beside users who work: nobody is locked out, and how long the users wait is told. */
import type { AgentOptions } from 'node:https'
import { afterEach, describe, expect, it } from 'vitest'
import { type Gate, startGate, user } from '../end-to-end/parts/gate.js'
import { clientAt, type Login, type LoginClient, statuses } from '../end-to-end/parts/login-client.js'

let gate: Gate
afterEach(() => gate.stop())

const at = (address: string, options: AgentOptions = {}) => clientAt(gate.port, address, options)

describe('sixteen clients that guess at cost 10', () => {
  it('lock out nobody, and users already proved go on working', async () => {
    gate = await startGate('embedded', {
      cost: 10,
      flags: ['--workers', '2'],
      yaml: 'login_limits: { wrong_passwords: 3 }\n',
    })
    const users = Array.from({ length: 4 }, (_, index) => at(`127.0.0.${100 + index}`, { keepAlive: true }))
    await Promise.all(users.map(({ login }) => login(user.name, user.password)))
    const work = async (isDone: (turn: number) => boolean) => {
      const one = async ({ login }: LoginClient) => {
        const answers: Login[] = []
        while (!isDone(answers.length)) {
          answers.push(await login(user.name, user.password))
          await new Promise(resolve => setTimeout(resolve, 5))
        }
        return answers
      }
      return (await Promise.all(users.map(one))).flat()
    }
    const alone = await work(turn => turn === 100)
    const enough = performance.now() + 4_000
    const latest = performance.now() + 40_000
    const locked = new Set<number>()
    const isOver = () => performance.now() > (locked.size < 16 ? latest : enough)
    const guessers = Array.from({ length: 16 }, async (_, index) => {
      const { login } = at(`127.0.0.${2 + index}`, { keepAlive: true })
      const answers: Login[] = []
      for (let turn = 0; !isOver(); turn++) {
        const name = turn % 2 === 0 ? user.name : `name-${turn % 30}`
        answers.push(await login(name, `guess ${turn}`))
        // One that is refused at once is not to measure how fast this test can ask.
        if (answers.at(-1)?.status === 429) locked.add(index)
        if (answers.at(-1)?.status !== 401) await new Promise(resolve => setTimeout(resolve, 50))
      }
      return answers
    })
    const proved = await work(isOver)
    const guesses = (await Promise.all(guessers)).flat()
    for (const { close } of users) close()
    const p99 = (logins: readonly Login[]) =>
      (logins.map(({ ms }) => ms).sort((a, b) => a - b)[Math.floor(logins.length * 0.99)] ?? Number.NaN).toFixed(1)
    const count = (status: number) => guesses.filter(answer => answer.status === status).length
    process.stdout.write(
      `16 guessers at cost 10: ${count(401)} wrong, ${count(429)} locked, ${count(503)} busy; beside them ${proved.length} requests of proved users: p99 ${p99(proved)} ms (${p99(alone)} ms without guessers), lockouts ${proved.filter(({ status }) => status !== 200).length}\n`,
    )
    expect(new Set(statuses(proved))).toEqual(new Set([200]))
    expect(guesses.length).toBe(count(401) + count(429) + count(503))
    expect(count(401)).toBeGreaterThan(0)
    expect(locked.size).toBe(16)
  })
})
