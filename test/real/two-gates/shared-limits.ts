/** Who guesses passwords at one gate is known at the other, as long as redis is there; without it each gate counts by itself. */
import { appendFileSync } from 'node:fs'
import bcrypt from 'bcryptjs'
import { describe, expect, it } from 'vitest'
import { basic } from '../../end-to-end/parts/gate.js'
import { send } from '../../end-to-end/parts/load.js'
import { clientAt } from '../../end-to-end/parts/login-client.js'
import { eventually } from '../../end-to-end/parts/settle.js'
import type { Service } from './service.js'
import type { Site } from './site.js'

/** login-limits/limits.ts */
const allowed = 10

export function sharedLimits(shared: () => Site): void {
  const status = async ({ port }: Service, name: string, password: string): Promise<number> =>
    (await send({ port, authorization: basic(name, password) }, 'GET', '/v2/')).status
  const right = 'the right one'

  /** Adds a user of whom no gate has seen the password; somebody added with him shows when both know him. */
  const addUser = async (name: string) => {
    const { usersFile, gates } = shared()
    const hash = bcrypt.hashSync(right, 4)
    appendFileSync(usersFile, `${name}:${hash}\nknown-with-${name}:${hash}\n`)
    for (const gate of gates) {
      await eventually(
        () => `${name} is not known`,
        async () => (await status(gate, `known-with-${name}`, right)) === 200,
      )
    }
  }
  const guess = async (gate: Service, name: string, words: string, times = allowed) => {
    for (let time = 0; time < times; time++) expect(await status(gate, name, `${words} ${time}`)).toBe(401)
  }

  describe('wrong passwords', () => {
    it('through one gate lock the user at the other, too, and nobody else', async () => {
      const { gates, front } = shared()
      const [first, second] = gates
      await addUser('erin')
      await guess(first, 'erin', 'once', allowed / 2)
      // The same ones again are nothing new, wherever they are tried.
      await guess(second, 'erin', 'once', allowed / 2)
      await guess(second, 'erin', 'more', allowed / 2)
      for (const gate of [first, second, front]) expect(await status(gate, 'erin', right)).toBe(429)
      expect(await status(front, 'known-with-erin', right)).toBe(200)
    })

    it('of one client of haproxy lock it out alone, and not the same user elsewhere', async () => {
      const { front, gates } = shared()
      const [guesser, person] = ['127.0.0.21', '127.0.0.22'] as const
      const login = async (address: string, password: string) =>
        (await clientAt(front.port, address).login('heidi', password)).status
      await addUser('heidi')
      for (let time = 0; time < allowed; time++) expect(await login(guesser, `wrong ${time}`)).toBe(401)
      expect(await login(guesser, right)).toBe(429)
      expect(await login(person, right)).toBe(200)
      const guesses = () =>
        gates
          .flatMap(gate => gate.log().split('\n'))
          .filter(line => line.includes('"event":"login-failure"') && line.includes('"heidi"'))
      await eventually(
        () => `${guesses().length} guesses in the logs`,
        () => guesses().length === allowed + 1,
      )
      for (const line of guesses()) expect(line).toContain(`"address":"${guesser}"`)
    })

    it('are counted by each gate alone while redis is away, and together again when it is back', async () => {
      const { gates, redis } = shared()
      const [first, second] = gates
      const say = async (text: string) => {
        for (const gate of gates) {
          await eventually(
            () => gate.log(),
            () => gate.log().includes(text),
          )
        }
      }
      await redis.stop()
      await say('Redis is out of reach: this gate counts wrong passwords for itself')
      await addUser('frank')
      await guess(first, 'frank', 'wrong')
      expect(await status(first, 'frank', right)).toBe(429)
      expect(await status(second, 'frank', right)).toBe(200)
      await redis.start()
      await say('wrong passwords are counted in Redis again')
      await addUser('grace')
      await guess(first, 'grace', 'wrong')
      expect(await status(second, 'grace', right)).toBe(429)
    })
  })
}
