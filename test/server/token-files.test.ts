/** What the primary makes in the data folder, what it only reads, and what it tells of changes. */
import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ProblemsFound } from '../../src/errors/problem.js'
import { createTokenState } from '../../src/server/primary/token-state.js'
import { openTokenFiles, type TokenFiles } from '../../src/server/token-files.js'
import { defaultToken } from '../../src/settings/settings.js'
import { readIdentityTokens, revokeIdentityToken } from '../../src/token/identity-files.js'
import { makeIdentityToken } from '../../src/token/identity-token.js'
import { eventually } from '../end-to-end/parts/settle.js'

let dataFolder: string
let opened: { close(): void }[]
beforeEach(() => {
  dataFolder = mkdtempSync(join(tmpdir(), 'portcullis-tokens-'))
  opened = []
})
afterEach(() => {
  for (const files of opened) files.close()
  rmSync(dataFolder, { recursive: true, force: true })
})

const settingsFor = (challenge: 'basic' | 'token', identity = true) => ({
  challenge,
  dataFolder,
  token: { ...defaultToken, identity },
})
async function open(challenge: 'basic' | 'token', onChange = () => {}): Promise<TokenFiles> {
  const files = await openTokenFiles({
    settings: settingsFor(challenge),
    onChange,
    onProblems: () => {},
    onDisplaced: () => {},
  })
  opened.push(files)
  return files
}
const record = (secret: Uint8Array, user = 'alice') =>
  makeIdentityToken({ user, client: 'docker', entry: 'x', now: Date.now(), random: randomBytes, secret }).record

describe('in token mode', () => {
  it('a secret and a key are made, for nobody else to read', async () => {
    const state = (await open('token')).current()
    expect([state?.secret.length, state?.keys.length, state?.identityTokens.size]).toEqual([32, 1, 0])
    const folder = join(dataFolder, 'portcullis')
    const modes = ['', 'secret', 'token-keys', 'token-keys/key-1.json'].map(
      path => statSync(join(folder, path)).mode & 0o777,
    )
    expect(modes).toEqual([0o700, 0o600, 0o700, 0o600])
  })

  it('a second gate has the same', async () => {
    const [one, two] = await Promise.all([open('token'), open('token')])
    expect(two.current()).toEqual(one.current())
  })

  it('an identity token is in force when it is kept, and gone when it is revoked', async () => {
    let changes = 0
    const files = await open('token', () => {
      changes += 1
    })
    const before = changes
    const made = record(files.current()?.secret ?? new Uint8Array())
    await files.identities.keep(made)
    expect(files.current()?.identityTokens.get(made.id)).toEqual(made)
    expect(changes).toBe(before + 1)
    expect((await readIdentityTokens(dataFolder)).records.get(made.id)).toEqual(made)
    await revokeIdentityToken(dataFolder, made.id)
    await eventually(
      () => 'it is there',
      () => files.current()?.identityTokens.size === 0,
    )
    expect(changes).toBe(before + 2)
  })

  it.each([
    ['a file is in the way', () => writeFileSync(join(dataFolder, 'portcullis'), ''), /portcullis/],
    [
      'the secret is damaged',
      () => {
        mkdirSync(join(dataFolder, 'portcullis'))
        writeFileSync(join(dataFolder, 'portcullis/secret'), 'short\n')
      },
      /secret/,
    ],
    [
      'a file is in the way of the keys',
      () => {
        mkdirSync(join(dataFolder, 'portcullis'))
        writeFileSync(join(dataFolder, 'portcullis/token-keys'), '')
      },
      /token-keys/,
    ],
  ])('it is a problem with a hint where %s', async (_, spoil, where) => {
    spoil()
    const error = await open('token').catch((problem: unknown) => problem)
    if (!(error instanceof ProblemsFound)) throw error
    const [problem] = error.problems
    expect(problem?.where).toMatch(where)
    expect(problem?.hint).toBeTypeOf('string')
  })
})

describe('in basic mode', () => {
  it('nothing is made', async () => {
    expect((await open('basic')).current()).toBeNull()
    expect(readdirSync(dataFolder)).toEqual([])
  })

  it('what another gate has made is read, and nothing is written', async () => {
    const issuing = await open('token')
    const folder = join(dataFolder, 'portcullis')
    chmodSync(folder, 0o500)
    const before = readdirSync(folder, { recursive: true })
    const state = (await open('basic')).current()
    expect(state).toMatchObject({ secret: issuing.current()?.secret, keys: issuing.current()?.keys })
    expect(state?.identityTokens.size).toBe(0)
    expect(readdirSync(folder, { recursive: true })).toEqual(before)
  })
})

describe('a reload', () => {
  it('tells of changes of what is in force, and of nothing else', async () => {
    const told: (string | null)[] = []
    const events = { noticed: () => {}, signingKeysChanged: () => {}, identityTokenDisplaced: () => {} }
    const keeper = createTokenState(events, (state, change) => {
      const size = state?.identityTokens.size ?? 0
      told.push(change === null ? `all ${size}` : `${change.made.length} made, ${change.gone.length} gone: ${size}`)
    })
    opened.push(keeper)
    const first = await keeper.prepare(settingsFor('token'))
    await expect(keeper.identities.keep(record(randomBytes(32)))).rejects.toThrow()
    first.commit()
    const discarded = await keeper.prepare(settingsFor('token'))
    discarded.discard()
    const one = record(first.state?.secret ?? randomBytes(32))
    const another = record(first.state?.secret ?? randomBytes(32))
    await keeper.identities.keep(one)
    await keeper.identities.keep(another)
    await revokeIdentityToken(dataFolder, one.id)
    await keeper.identities.look()
    expect(told.splice(0)).toEqual(['1 made, 0 gone: 1', '1 made, 0 gone: 2', '0 made, 1 gone: 1'])
    // The workers' next state is made from what was prepared, and may have been told of this before it is in force.
    const overtaken = await keeper.prepare(settingsFor('token'))
    await keeper.identities.keep(record(first.state?.secret ?? randomBytes(32)))
    overtaken.commit()
    expect(told.splice(0)[0]).toBe('1 made, 0 gone: 2')
    await keeper.identities.look()
    const second = await keeper.prepare(settingsFor('basic'))
    second.commit()
    expect(second.state).toMatchObject({ keys: first.state?.keys })
    expect(existsSync(join(dataFolder, 'portcullis', 'secret'))).toBe(true)
  })
})
