/** Many who guess passwords at the same moment: whoever has a right one gets in among them, and does not wait until they are through. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type Gate, passwordOf, startGate } from './parts/gate.js'
import { clientAt, type LoginClient, statuses } from './parts/login-client.js'
import { eventually } from './parts/settle.js'

const others = ['bob', 'carol']
let gate: Gate
let clients: LoginClient[]
afterEach(async () => {
  for (const { close } of clients) close()
  await gate.stop()
})

async function start(cost: number): Promise<void> {
  clients = []
  gate = await startGate('embedded', { cost, others, flags: ['--workers', '2', '--metrics', '127.0.0.1:0'] })
}

/** A client with a connection that is open already: what is measured is who is checked first, and not who is connected first. */
async function connected(address: string, maxSockets = 1): Promise<LoginClient> {
  const client = clientAt(gate.port, address, { keepAlive: true, maxSockets })
  clients.push(client)
  await Promise.all(Array.from({ length: maxSockets }, () => client.open()))
  return client
}

const guesserAt = (index: number) => connected(`127.1.${Math.floor(index / 200)}.${(index % 200) + 1}`)

async function passwordsWait(): Promise<void> {
  const waiting = async () => {
    const text = await (await fetch(gate.metricsUrl)).text()
    return Number(/^portcullis_passwords_waiting (\d+)$/m.exec(text)?.[1])
  }
  await eventually(
    () => 'no passwords wait',
    async () => (await waiting()) > 60,
    120_000,
  )
}

const addresses = 200

// Their threads come last on a machine that has other things to do.
vi.setConfig({ testTimeout: 240_000 })

describe('200 guesses at once from 200 addresses', () => {
  it.each([
    ['at the name of another user', (_: number) => 'alice'],
    ['at the same name', (_: number) => 'bob'],
    ['at a name of its own each', (index: number) => `name-${index}`],
  ])('%s do not let a right login wait until they are through, and are all checked', async (_, nameOf) => {
    await start(7)
    const guessers = await Promise.all(Array.from({ length: addresses }, (_, index) => guesserAt(index)))
    const newcomer = await connected('127.2.0.1')
    let answered = 0
    const guesses = guessers.map(async ({ login }, index) => {
      const { status } = await login(nameOf(index), `guess ${index}`)
      answered++
      return status
    })
    await passwordsWait()
    const before = answered
    expect((await newcomer.login('bob', passwordOf('bob'))).status).toBe(200)
    process.stdout.write(`guesses answered before bob: ${answered - before} of ${addresses - before} that waited\n`)
    expect(answered - before).toBeLessThan((addresses - before) / 2)
    expect(new Set(await Promise.all(guesses))).toEqual(new Set([401]))
  })
})

describe('200 addresses that guess again and again', () => {
  it('come behind those that have not, also at the name that they guess at', async () => {
    await start(6)
    const guessers = await Promise.all(Array.from({ length: addresses }, (_, index) => guesserAt(index)))
    const newcomers = await Promise.all(['127.2.0.1', '127.2.0.2'].map(address => connected(address)))
    let answered = 0
    let over = false
    const guesses = guessers.map(async ({ login }, index) => {
      for (let turn = 0; !over; turn++) {
        // Each address may guess a hundred times, and ten times at one name.
        await login(turn % 10 === 0 ? 'alice' : `name-${turn}`, `guess ${index} ${turn}`)
        answered++
      }
    })
    // Each of them has guessed before.
    await eventually(
      () => `${answered} are answered`,
      () => answered > 1.5 * addresses,
      120_000,
    )
    await passwordsWait()
    const before = answered
    const [alice, bob] = await Promise.all([
      newcomers[0]?.login('alice', passwordOf('alice')),
      newcomers[1]?.login('bob', passwordOf('bob')),
    ])
    process.stdout.write(`guesses answered before alice and bob: ${answered - before}\n`)
    expect([alice?.status, bob?.status]).toEqual([200, 200])
    expect(answered - before).toBeLessThan(addresses / 2)
    over = true
    await Promise.allSettled(guesses)
  })
})

describe('an address that guesses over 600 connections at once', () => {
  it('leaves room for a right login from another one', async () => {
    await start(10)
    const guesser = await connected('127.1.0.1', 600)
    const newcomers = await Promise.all(Array.from({ length: 20 }, (_, index) => connected(`127.2.0.${index + 1}`)))
    let busy = 0
    const guesses = Array.from({ length: 600 }, async (_, index) => {
      const { status } = await guesser.login('alice', `guess ${index}`)
      if (status === 503) busy++
    })
    await eventually(
      () => 'there is room for all of them',
      () => busy > 0,
    )
    const logins = await Promise.all(newcomers.map(({ login }) => login('bob', passwordOf('bob'))))
    expect(new Set(statuses(logins))).toEqual(new Set([200]))
    await Promise.allSettled(guesses)
  })
})
