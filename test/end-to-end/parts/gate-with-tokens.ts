/** The stage of tests about tokens: one gate in token mode with two workers, and what its clients do with it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { userFingerprint } from '../../../src/token/fingerprint.js'
import { readSigningKeys } from '../../../src/token/key-files.js'
import { statePaths } from '../../../src/token/state-folder.js'
import { readSecret } from '../../../src/token/state-secret.js'
import { parseHtpasswd } from '../../../src/users/htpasswd/parse.js'
import { authorization, type Gate, startGate } from './gate.js'
import { ask, bearer, post } from './token-client.js'

/** The scope of a push that is asked for where nothing else is. */
export const push = 'repository:team/app:pull,push'

/** There once the first test runs, and gone after the last. */
export function gateWithTokens() {
  let started: Gate | null = null
  const gate = (): Gate => {
    if (started === null)
      throw new Error('the gate is not there yet: it is for tests, not for the describe around them')
    return started
  }
  beforeAll(async () => {
    started = await startGate('embedded', { flags: ['--workers', '2'], yaml: 'token: { identity: true }\n' })
  })
  afterAll(async () => {
    await started?.stop()
  })
  const dataFolder = () => join(gate().folder, 'data')
  const usersFile = () => join(gate().folder, 'htpasswd')
  return {
    get gate() {
      return gate()
    },
    dataFolder,
    usersFile,
    /** As docker does; asks for an identity token, too. */
    login: (scope = push, who = authorization) =>
      ask(gate().port, 'GET', `/auth/token?service=portcullis&scope=${scope}&offline_token=true&client_id=docker`, {
        authorization: who,
      }),
    /** 404 where the token is good: nothing has been pushed. */
    tags: (token: string) => ask(gate().port, 'GET', '/v2/team/app/tags/list', { authorization: bearer(token) }),
    /** A new access token for an identity token. */
    refresh: (token = '') => post(gate().port, `grant_type=refresh_token&refresh_token=${token}&service=portcullis`),
    /** What only somebody with the files of the gate can know. */
    async insideOf(name: string) {
      const { records } = await readSigningKeys(dataFolder())
      const [key] = records.values()
      const secret = await readSecret(statePaths(dataFolder()).secret)
      const entry = parseHtpasswd(readFileSync(usersFile(), 'utf8'), '').entries.get(name)
      if (key === undefined || secret === null || entry === undefined) throw new Error(`no key, secret or ${name}`)
      return { key, user: name, entry: userFingerprint(secret, { name, stamp: entry.hash }), secret }
    },
  }
}
