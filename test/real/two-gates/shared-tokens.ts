/** What one gate has issued, the other one takes; and what ends at one, ends at both. */
import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import bcrypt from 'bcryptjs'
import { describe, expect, it } from 'vitest'
import { authorization, basic, user } from '../../end-to-end/parts/gate.js'
import { send } from '../../end-to-end/parts/load.js'
import { eventually } from '../../end-to-end/parts/settle.js'
import { portcullisMain } from '../parts/availability.js'
import { succeed } from '../parts/program.js'
import type { Service } from './service.js'
import type { Site } from './site.js'

interface TokenAnswer {
  readonly token: string
  readonly refresh_token?: string
}

export function sharedTokens(shared: () => Site): void {
  const scope = 'scope=repository:team/app:pull,push'
  const asked = async (gate: Service, login: string, more = ''): Promise<TokenAnswer> => {
    const query = `service=portcullis&${scope}${more}`
    const { status, body } = await send({ port: gate.port, authorization: login }, 'GET', `/auth/token?${query}`)
    expect(status, body.toString()).toBe(200)
    return JSON.parse(body.toString())
  }
  const statusWith = async (gate: Service, token: string): Promise<number> =>
    (await send({ port: gate.port, authorization: `Bearer ${token}` }, 'GET', '/v2/team/app/tags/list')).status
  /** An access token for an identity token. */
  const renewed = (gate: Service, identity: string) => {
    const form = `grant_type=refresh_token&service=portcullis&client_id=test&${scope}&refresh_token=${identity}`
    const contentType = 'application/x-www-form-urlencoded'
    return send({ port: gate.port, authorization: '', contentType }, 'POST', '/auth/token', Buffer.from(form))
  }
  const tokens = (...args: readonly string[]) =>
    succeed([process.execPath, portcullisMain, 'tokens', ...args, '--data', join(shared().folder, 'data')])
  const keysOf = async (gate: Service): Promise<readonly unknown[]> =>
    JSON.parse((await send({ port: gate.port, authorization: '' }, 'GET', '/auth/jwks.json')).body.toString()).keys

  describe('a token', () => {
    it('for access: either gate takes that of the other', async () => {
      const [first, second] = shared().gates
      // The repository is not there, which is for somebody to say who was let in.
      expect(await statusWith(second, (await asked(first, authorization)).token)).toBe(404)
      expect(await statusWith(first, (await asked(second, authorization)).token)).toBe(404)
      expect(await statusWith(shared().front, (await asked(shared().front, authorization)).token)).toBe(404)
    })

    it('for identity: the other gate gives an access token for it, and none once it is revoked', async () => {
      const [first, second] = shared().gates
      const { refresh_token: identity = '' } = await asked(first, authorization, '&offline_token=true&client_id=test')
      expect(identity).not.toBe('')
      const issued = performance.now()
      await eventually(
        () => 'the other gate does not know it',
        async () => (await renewed(second, identity)).status === 200,
      )
      console.log(`the other gate takes an identity token after ${(performance.now() - issued).toFixed(0)} ms`)
      const { token, access_token: same } = JSON.parse((await renewed(second, identity)).body.toString())
      expect(await statusWith(first, token ?? same)).toBe(404)
      await tokens('revoke', '--user', user.name)
      for (const gate of [first, second]) {
        await eventually(
          () => 'a revoked one is taken',
          async () => (await renewed(gate, identity)).status === 401,
        )
      }
    })

    it('of a user who is removed: refused by both', async () => {
      const { usersFile, gates } = shared()
      const before = readFileSync(usersFile, 'utf8')
      const password = randomBytes(9).toString('base64url')
      writeFileSync(usersFile, `${before}dora:${bcrypt.hashSync(password, 4)}\n`)
      const dora = basic('dora', password)
      const [first, second] = gates
      await eventually(
        () => 'dora is not known',
        async () => (await send({ port: first.port, authorization: dora }, 'GET', '/v2/')).status === 200,
      )
      const { token } = await asked(first, dora)
      await eventually(
        () => 'the other gate refuses it',
        async () => (await statusWith(second, token)) === 404,
      )
      writeFileSync(usersFile, before)
      for (const gate of gates) {
        await eventually(
          () => 'it is still taken',
          async () => (await statusWith(gate, token)) === 401,
        )
      }
    })

    it('of a new signing key: both know it within moments, and forget the old one together', async () => {
      const { gates } = shared()
      const [first, second] = gates
      const { token: old } = await asked(first, authorization)
      const before = (await keysOf(first)).length
      await tokens('rotate')
      for (const gate of gates) {
        await eventually(
          () => 'the new key is not known',
          async () => (await keysOf(gate)).length === before + 1,
        )
      }
      expect(await keysOf(first)).toEqual(expect.arrayContaining([...(await keysOf(second))]))
      expect(await statusWith(second, old)).toBe(404)
      await tokens('rotate', '--forget-old')
      for (const gate of gates) {
        await eventually(
          () => 'the old key is still known',
          async () => (await statusWith(gate, old)) === 401,
        )
      }
      const { token } = await asked(first, authorization)
      expect(await statusWith(second, token)).toBe(404)
    })
  })
}
