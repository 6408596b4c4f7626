/** Two gates as one: what they share, and that clients go on through the other one when a gate is killed, stopped or started anew. */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import bcrypt from 'bcryptjs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { authorization, basic, user } from '../end-to-end/parts/gate.js'
import { send } from '../end-to-end/parts/load.js'
import { clientAt } from '../end-to-end/parts/login-client.js'
import { eventually } from '../end-to-end/parts/settle.js'
import { require } from './parts/availability.js'
import { writeImageArchive } from './parts/image-archive.js'
import { run } from './parts/program.js'
import { startPatientClients } from './two-gates/patient-clients.js'
import type { Service } from './two-gates/service.js'
import { sharedLimits } from './two-gates/shared-limits.js'
import { sharedTokens } from './two-gates/shared-tokens.js'
import { balancerAddress, type Site, startSite } from './two-gates/site.js'

const here = require('portcullis', 'docker-registry', 'haproxy', 'redis-server', 'skopeo')

describe.runIf(here)('two gates behind haproxy', () => {
  let site: Site
  beforeAll(async () => {
    site = await startSite()
  })
  afterAll(() => site?.stop())

  /** The status of GET /v2/; 0 where there is no answer. */
  const status = async ({ port }: Service, credentials: string): Promise<number> =>
    (await send({ port, authorization: credentials }, 'GET', '/v2/').catch(() => ({ status: 0 }))).status

  /** Asks both by themselves until both give this status. */
  const bothAnswer = async (expected: number, credentials: string) => {
    let seen: number[] = []
    await eventually(
      () => `${seen.join()} instead of ${expected}`,
      async () => {
        seen = await Promise.all(site.gates.map(gate => status(gate, credentials)))
        return seen.every(each => each === expected)
      },
    )
  }

  /** haproxy has seen that it is ready. */
  const inUse = async (gate: Service) => {
    const served = () => gate.log().split('"msg":"request"').length
    const before = served()
    await eventually(
      () => `the gate on ${gate.port} gets no requests`,
      () => served() > before,
    )
  }

  it('a user who is added or removed is so at both', async () => {
    const before = readFileSync(site.usersFile, 'utf8')
    const bob = basic('bob', 'pass-phrase-of-bob')
    await bothAnswer(401, bob)
    appendFileSync(site.usersFile, `bob:${bcrypt.hashSync('pass-phrase-of-bob', 4)}\n`)
    await bothAnswer(200, bob)
    expect(await status(site.front, bob)).toBe(200)
    writeFileSync(site.usersFile, before)
    await bothAnswer(401, bob)
  })

  it('the log of a gate names the clients of haproxy, and haproxy never', async () => {
    const clients = ['127.0.0.31', '127.0.0.32'] as const
    for (const client of clients)
      expect((await clientAt(site.front.port, client).login(user.name, user.password)).status).toBe(200)
    const logs = () => site.gates.map(gate => gate.log()).join('')
    await eventually(
      () => logs(),
      () => clients.every(client => logs().includes(`"address":"${client}"`)),
    )
    expect(logs()).not.toContain(`"address":"${balancerAddress}"`)
  })

  sharedTokens(() => site)
  sharedLimits(() => site)

  it('a gate is killed, killed again, stopped and started anew during pushes: every client goes on through the other', async () => {
    const archive = await writeImageArchive(site.folder, 'image', { name: 'image:1', seed: 'two gates' })
    const clients = startPatientClients({
      port: site.front.port,
      authorization,
      clients: 6,
      blobBytes: 1024 * 1024,
      attempts: 5,
    })
    const progress = async () => {
      const { done } = clients
      await eventually(
        () => `only ${clients.done - done} more are done`,
        () => clients.done >= done + 10,
        60_000,
      )
    }
    /** With three attempts of its own. */
    const skopeo = async (round: number) => {
      const target = `docker://127.0.0.1:${site.front.port}/skopeo/round-${round}:1`
      const flags = ['--retry-times', '3', '--dest-tls-verify=false', '--dest-creds', `${user.name}:${user.password}`]
      const finished = await run(['skopeo', 'copy', ...flags, `docker-archive:${archive}`, target])
      expect(finished, finished.output).toMatchObject({ code: 0 })
    }
    const [first, second] = site.gates
    const rows: string[] = []
    const disturb = async (what: string, gate: Service, end: () => Promise<unknown>) => {
      const before = { done: clients.done, again: clients.again, lost: clients.lost.length }
      await progress()
      const copying = skopeo(rows.length)
      await end()
      await progress()
      await copying
      await gate.start()
      await inUse(gate)
      await progress()
      const again = clients.again - before.again
      rows.push(
        `  ${what.padEnd(24)} ${clients.done - before.done} pushed and pulled, ${again} of them with more than one attempt, ${clients.lost.length - before.lost} lost`,
      )
    }
    await progress()
    await disturb('kill -9 of gate 1', first, () => first.kill())
    await disturb('kill -9 of gate 2', second, () => second.kill())
    await disturb('kill -9 of gate 1', first, () => first.kill())
    await disturb('SIGTERM for gate 1', first, () => first.terminate())
    await disturb('SIGTERM for gate 2', second, () => second.terminate())
    await clients.stop()
    const failures = [...clients.failures].map(([what, times]) => `${times} ${what}`).join(', ')
    console.log(`six clients and skopeo:\n${rows.join('\n')}\n  attempts that failed: ${failures || 'none'}`)
    expect(clients.lost).toEqual([])
    expect([...clients.failures.keys()].filter(what => !/^(ECONNRESET|EPIPE|not connected: \w+)$/.test(what))).toEqual(
      [],
    )
  })

  it('while the registry is away, clients hear so from a gate', async () => {
    await site.registry.stop()
    await eventually(
      () => 'no 502',
      async () => (await status(site.front, authorization)) === 502,
    )
    await site.registry.start()
    await eventually(
      () => 'the registry is back, and not served',
      async () => (await status(site.front, authorization)) === 200,
    )
  })
})
