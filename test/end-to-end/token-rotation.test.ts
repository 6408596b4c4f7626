/** What the commands on tokens do to two gates that share a data folder, while clients ask both. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { authorization, type Gate, startGate, user } from './parts/gate.js'
import { ask, bearer, issuedBy, post, untilEverywhere } from './parts/token-client.js'

const program = fileURLToPath(new URL('../../dist/main.js', import.meta.url))
const yaml = 'token: { identity: true }\n'
let first: Gate
let second: Gate
beforeAll(async () => {
  first = await startGate('embedded', { flags: ['--workers', '2'], yaml })
  const shared = ['--data', join(first.folder, 'data'), '--htpasswd', join(first.folder, 'htpasswd')]
  second = await startGate('embedded', { flags: ['--workers', '2', ...shared], yaml })
}, 60_000)
afterAll(async () => {
  await Promise.all([first?.stop(), second?.stop()])
})

const portcullis = async (...args: readonly string[]) =>
  (await promisify(execFile)(process.execPath, [program, ...args], { cwd: first.folder })).stdout
const login = async (gate: Gate) =>
  issuedBy(await ask(gate.port, 'GET', '/auth/token?offline_token=true', { authorization }))
const show = (gate: Gate, token: string) => ask(gate.port, 'GET', '/v2/', { authorization: bearer(token) })
const refresh = (gate: Gate, token = '') => post(gate.port, `grant_type=refresh_token&refresh_token=${token}`)
const keysOf = async (gate: Gate): Promise<number> =>
  JSON.parse((await ask(gate.port, 'GET', '/auth/jwks.json')).body).keys.length

describe('tokens rotate', { timeout: 60_000 }, () => {
  it('lets every token of either gate be good at the other, before and after', async () => {
    const early = (await login(first)).token
    let ended = false
    let shown = 0
    const refused: string[] = []
    const client = async (from: Gate, to: Gate) => {
      while (!ended) {
        const { status } = await show(to, (await login(from)).token)
        shown += 1
        if (status !== 200) refused.push(`${status}`)
      }
    }
    const clients = [client(first, second), client(second, first)]
    expect(await portcullis('tokens', 'rotate')).toContain('made key-2, which signs from ')
    for (const gate of [first, second]) {
      await untilEverywhere(
        () => ask(gate.port, 'GET', '/auth/jwks.json'),
        ({ body }) => JSON.parse(body).keys.length === 2,
      )
    }
    ended = true
    await Promise.all(clients)
    expect(refused).toEqual([])
    expect(shown).toBeGreaterThan(3)
    expect((await show(second, early)).status).toBe(200)
  })

  it('--forget-old ends what was signed before, at both gates, and clients get new tokens', async () => {
    const { token, refresh_token: identity } = await login(first)
    await portcullis('tokens', 'rotate', '--forget-old')
    for (const gate of [first, second]) {
      await untilEverywhere(
        () => show(gate, token),
        ({ status }) => status === 401,
      )
      expect(await keysOf(gate)).toBe(1)
    }
    const renewed = issuedBy(await refresh(second, identity)).token
    for (const gate of [first, second]) expect((await show(gate, renewed)).status).toBe(200)
  })
})

describe('tokens revoke', { timeout: 60_000 }, () => {
  it('ends the identity tokens of a user at both gates, and those of nobody else', async () => {
    const kept = (await login(first)).refresh_token ?? ''
    const [keptId = ''] = kept.split('.')
    const listed = await portcullis('tokens', 'list')
    expect(listed).toContain(`${keptId}  ${user.name}`)
    expect(listed).not.toContain(kept)
    expect(await portcullis('tokens', 'revoke', '--user', user.name)).toContain(`revoked ${keptId} of "${user.name}"`)
    const took = await Promise.all(
      [first, second].map(gate =>
        untilEverywhere(
          () => refresh(gate, kept),
          ({ status }) => status === 401,
        ),
      ),
    )
    expect(Math.max(...took)).toBeLessThan(3_000)
    const again = (await login(second)).refresh_token
    await untilEverywhere(
      () => refresh(first, again),
      ({ status }) => status === 200,
    )
  })
})
