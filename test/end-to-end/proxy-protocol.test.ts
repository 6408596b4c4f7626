/** Behind a balancer that announces them, clients are told apart by their own addresses, in both workers and by everything that asks. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Balancer, balancerAddress, startBalancer } from './parts/balancer.js'
import { authorization, passwordOf, user } from './parts/gate.js'
import { gateBeforeBackend } from './parts/gate-before-backend.js'
import { clientAt, statuses, times } from './parts/login-client.js'
import { exchange, request } from './parts/raw-client.js'
import { eventually } from './parts/settle.js'

/** A client of the balancer that is a proxy itself, and from where the raw client speaks. */
const proxy = '127.0.0.1'
const yaml = (balancers: string) => `proxy_protocol: [${balancers}]\ntrusted_proxies: [${proxy}]\n`
const stage = gateBeforeBackend({
  yaml: yaml(balancerAddress),
  others: ['bob'],
  flags: ['--workers', '2', '--metrics', '127.0.0.1:0'],
})

let balancer: Balancer
/** Sends no header. */
let silent: Balancer
beforeAll(async () => {
  balancer = await startBalancer(stage.gate.port)
  silent = await startBalancer(stage.gate.port, () => '')
})
afterAll(() => {
  balancer.close()
  silent.close()
})

interface Line {
  readonly level: string
  readonly msg: string
  readonly address?: string
  readonly event?: string
}

const lines = (): Line[] =>
  stage.gate
    .log()
    .split('\n')
    .filter(line => line.startsWith('{'))
    .map((line): Line => JSON.parse(line))

const addressesOf = (some: readonly Line[]) => some.map(({ address }) => address)
const addresses = () => addressesOf(lines())

const from = (address: string, name: string = user.name, password: string = user.password, port = balancer.port) =>
  clientAt(port, address).login(name, password)

describe('the client whom the balancer announces', () => {
  it('has its own address in the log, the audit log and the headers for the backend, in both workers', async () => {
    const clients = Array.from({ length: 12 }, (_, index) => `127.0.0.${20 + index}`)
    for (const address of clients) {
      expect((await from(address)).status).toBe(200)
      const seen = stage.backend.requests.at(-1)
      expect(seen?.header('x-forwarded-for')).toBe(address)
      expect(seen?.header('x-real-ip')).toBe(address)
    }
    expect((await from('127.0.0.32', user.name, 'wrong')).status).toBe(401)
    const logged = () => lines().filter(({ msg }) => msg === 'request')
    const failed = () => lines().filter(({ event }) => event === 'login-failure')
    await eventually(
      () => stage.gate.log(),
      () => logged().length === clients.length + 1 && failed().length === 1,
    )
    // Two workers write in no order.
    expect(new Set(addressesOf(logged()))).toEqual(new Set([...clients, '127.0.0.32']))
    expect(addressesOf(failed())).toEqual(['127.0.0.32'])
  })

  it('is the one whom trusted_proxies judge', async () => {
    const other = await startBalancer(stage.gate.port, () => 'PROXY TCP4 192.0.2.41 127.0.0.1 4711 5000\r\n')
    const ask = async (port: number, forwardedFor: string) => {
      const said = [`Authorization: ${authorization}`, `X-Forwarded-For: ${forwardedFor}`]
      const [answer] = await exchange(port, request(['GET /v2/ HTTP/1.1', 'Host: localhost', ...said]))
      expect(answer).toMatchObject({ status: 200 })
    }
    await ask(balancer.port, '198.51.100.7')
    await ask(other.port, '198.51.100.8')
    other.close()
    await eventually(
      () => stage.gate.log(),
      () => addresses().includes('192.0.2.41'),
    )
    expect(addresses()).toContain('198.51.100.7')
    expect(addresses()).not.toContain('198.51.100.8')
  })

  it('guesses for itself alone', async () => {
    const guesses = []
    for (let turn = 0; turn < 12; turn++) guesses.push(await from('127.0.0.50', 'bob', `guess ${turn}`))
    expect(statuses(guesses)).toEqual([...times(10, 401), 429, 429])
    expect((await from('127.0.0.50', 'bob', passwordOf('bob'))).status).toBe(429)
    expect((await from('127.0.0.51', 'bob', passwordOf('bob'))).status).toBe(200)
  })
})

it('who asks the gate directly is served by the own address', async () => {
  expect((await from('127.0.0.60', user.name, user.password, stage.gate.port)).status).toBe(200)
  expect(stage.backend.requests.at(-1)?.header('x-forwarded-for')).toBe('127.0.0.60')
})

it('a balancer that sends no header is not served, and told of once a minute by each worker', async () => {
  for (let turn = 0; turn < 10; turn++) await expect(from('127.0.0.70', 'a', 'b', silent.port)).rejects.toThrow()
  const numbers = async () => (await fetch(stage.gate.metricsUrl)).text()
  await eventually(
    () => stage.gate.log(),
    async () => (await numbers()).includes('portcullis_proxy_header_failures_total 10'),
  )
  const told = lines().filter(({ msg }) => msg === 'a balancer sent no PROXY header')
  expect(told.length).toBeGreaterThan(0)
  expect(told.length).toBeLessThanOrEqual(2)
  expect(told[0]).toMatchObject({ level: 'warn', address: balancerAddress })
})

it('a reload takes the balancer out of the list: then it is served without a header, and one with a header is not', async () => {
  writeFileSync(join(stage.gate.folder, 'portcullis.yaml'), yaml(''))
  process.kill(stage.gate.pid, 'SIGHUP')
  await eventually(
    () => stage.gate.log(),
    () => stage.gate.log().includes('the configuration was reloaded and is in force'),
  )
  expect((await from('127.0.0.80', user.name, user.password, silent.port)).status).toBe(200)
  expect(stage.backend.requests.at(-1)?.header('x-forwarded-for')).toBe(balancerAddress)
  await expect(from('127.0.0.80')).rejects.toThrow()
})
