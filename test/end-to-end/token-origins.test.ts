/** What a gate takes for its own: tokens of its keys, of the gate before a reload, of another gate on its data folder, and no forged one. */
import { randomBytes } from 'node:crypto'
import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import bcrypt from 'bcryptjs'
import { describe, expect, it } from 'vitest'
import { addSigningKey, removeSigningKey } from '../../src/token/key-files.js'
import { createSigningKey } from '../../src/token/signing-key.js'
import { material, signed, widened } from '../token/forge.js'
import { byOurKey, otherTexts, withoutOurKey } from '../token/forgeries.js'
import { authorization, basic, type Gate, startGate } from './parts/gate.js'
import { gateWithTokens, push } from './parts/gate-with-tokens.js'
import { exchange, request } from './parts/raw-client.js'
import { ask, bearer, issuedBy, post, untilEverywhere } from './parts/token-client.js'

const stage = gateWithTokens()
const { dataFolder, usersFile, login, tags, refresh, insideOf } = stage
const port = () => stage.gate.port

it('a new signing key signs, and one that is removed counts for nothing', async () => {
  const { token } = issuedBy(await login())
  await addSigningKey(
    dataFolder(),
    await createSigningKey({ id: 'key-2', now: Date.now(), signsFrom: Date.now(), random: randomBytes }),
  )
  const keyOf = (text: string) => text.split('.')[0]
  await untilEverywhere(login, answer => keyOf(issuedBy(answer).token) !== keyOf(token))
  expect((await tags(token)).status).toBe(404)
  expect(stage.gate.log()).toContain('"keys":["key-1","key-2"]')
  await removeSigningKey(dataFolder(), 'key-1')
  await untilEverywhere(
    () => tags(token),
    ({ status }) => status === 401,
  )
})

describe('a reload', () => {
  it('turns tokens off and on again, and what was issued stays good', async () => {
    const yaml = join(stage.gate.folder, 'portcullis.yaml')
    const reload = async (text: string, kind: RegExp) => {
      writeFileSync(yaml, text)
      process.kill(stage.gate.pid, 'SIGHUP')
      await untilEverywhere(
        () => ask(port(), 'GET', '/v2/'),
        ({ headers }) => kind.test(headers.get('www-authenticate')?.[0] ?? ''),
      )
    }
    const { token, refresh_token: identity } = issuedBy(await login())
    await reload('drain: 60\n', /^Basic /)
    expect((await ask(port(), 'GET', '/auth/token', { authorization })).status).toBe(404)
    expect((await tags(token)).status).toBe(404)
    await reload('token: { identity: true, lifetime: 600 }\n', /^Bearer /)
    expect((await tags(token)).status).toBe(404)
    expect(issuedBy(await refresh(identity)).expires_in).toBe(600)
  })
})

describe('a second gate', () => {
  it('takes the tokens of the first where both have one data folder', async () => {
    const flags = ['--workers', '2', '--data', dataFolder(), '--htpasswd', usersFile()]
    const other = await startGate('embedded', { flags, yaml: 'token: { identity: true }\n' })
    try {
      const { token, refresh_token: identity } = issuedBy(await login())
      const there = { authorization: bearer(token) }
      expect((await ask(other.port, 'GET', '/v2/', there)).status).toBe(200)
      const form = `grant_type=refresh_token&refresh_token=${identity}`
      await untilEverywhere(
        () => post(other.port, form),
        ({ status }) => status === 200,
      )
      const back = issuedBy(await post(other.port, form)).token
      expect((await ask(port(), 'GET', '/v2/', { authorization: bearer(back) })).status).toBe(200)
    } finally {
      await other.stop()
    }
  })

  it('takes them in basic mode too, and none where it has a data folder of its own', async () => {
    const { token } = issuedBy(await login())
    const users = ['--htpasswd', usersFile()]
    const same = await startGate('embedded', { flags: [...users, '--data', dataFolder()] })
    const apart = await startGate('embedded', { flags: users, yaml: 'token: {}\n' })
    const basicOnly = await startGate('embedded', { flags: users })
    try {
      const status = async ({ port }: Gate) => (await ask(port, 'GET', '/v2/', { authorization: bearer(token) })).status
      expect([await status(same), await status(apart), await status(basicOnly)]).toEqual([200, 401, 401])
      const challenge = (await ask(same.port, 'GET', '/v2/')).headers.get('www-authenticate')
      expect(challenge).toEqual(['Basic realm="Portcullis"'])
      expect((await ask(same.port, 'GET', '/auth/token', { authorization })).status).toBe(404)
    } finally {
      await Promise.all([same.stop(), apart.stop(), basicOnly.stop()])
    }
  })
})

it('takes no forged token, whoever has signed it', async () => {
  // The user of whom the forgeries speak: nothing but the token itself is to be wrong.
  appendFileSync(usersFile(), `admin:${bcrypt.hashSync('pass-phrase-of-admin', 4)}\n`)
  await untilEverywhere(
    () => login(push, basic('admin', 'pass-phrase-of-admin')),
    ({ status }) => status === 200,
  )
  const given = await material(await insideOf('admin'))
  const statusOf = async (token: string) => {
    const lines = ['GET /v2/ HTTP/1.1', 'Host: localhost', `Authorization: Bearer ${token}`]
    return (await exchange(port(), request(lines)))[0]?.status ?? 0
  }
  const rows = [...withoutOurKey, ...otherTexts, ...byOurKey]
  const accepted: string[] = []
  for (const [what, forge] of rows) {
    const token = forge(given)
    // Blanks around it belong to the header.
    if (token.trim() === given.token) continue
    const status = await statusOf(token)
    if (![400, 401, 431].includes(status)) accepted.push(`${what}: ${status}`)
  }
  expect(accepted).toEqual([])
  expect(await statusOf(signed(given.header, widened(given.payload), given.ourKey))).toBe(200)
})
