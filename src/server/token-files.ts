/**
 * What the primary knows of tokens: the secret, the signing keys and the identity tokens of the data folder, and
 * their changes. (decision T6)
 */
import { randomBytes } from 'node:crypto'
import { type Problem, ProblemsFound } from '../errors/problem.js'
import { watchRecords } from '../files/watch-records.js'
import type { Settings } from '../settings/settings.js'
import { type DisplacedToken, keepIdentityTokens } from '../token/identity-files.js'
import { signingKeyFolder } from '../token/key-files.js'
import { rotateSigningKeys } from '../token/key-rotation.js'
import type { IdentityToken, SigningKey } from '../token/model.js'
import { statePaths } from '../token/state-folder.js'
import { loadStateSecret, readSecret } from '../token/state-secret.js'
import type { IdentityStore } from './identity-keeping.js'

/** What workers need of it. It goes to them and nowhere else. */
export interface TokenState {
  readonly secret: Uint8Array
  readonly keys: readonly SigningKey[]
  /** By their ids; empty where the gate makes none. */
  readonly identityTokens: ReadonlyMap<string, IdentityToken>
}

export interface TokenFiles {
  /** null where there is nothing to check tokens with. */
  current(): TokenState | null
  /** What it does has been told as a change by the time at which it resolves. */
  readonly identities: IdentityStore
  close(): void
}

export interface TokenFilesOptions {
  readonly settings: Pick<Settings, 'challenge' | 'token' | 'dataFolder'>
  /** Told from the moment on at which the files are open. */
  readonly onChange: () => void
  readonly onProblems: (problems: readonly Problem[]) => void
  /** An identity token was removed because its user has too many. */
  readonly onDisplaced: (displaced: DisplacedToken) => void
}

/**
 * In token mode what is missing is made. In basic mode nothing is: tokens that another gate issued count for as long as its keys are there.
 * @throws ProblemsFound where the folder cannot be used
 */
export async function openTokenFiles(options: TokenFilesOptions): Promise<TokenFiles> {
  const { dataFolder, challenge } = options.settings
  try {
    return await (challenge === 'token' ? openForIssuing(options) : openForChecking(options))
  } catch (error) {
    if (error instanceof ProblemsFound || !(error instanceof Error) || !('code' in error)) throw error
    const where = 'path' in error ? String(error.path) : statePaths(dataFolder).folder
    const hint = 'the keys of tokens stand there: let the gate write to it, or name another folder with --data'
    throw new ProblemsFound([{ where, message: `cannot be used (${String(error.code)})`, hint }])
  }
}

async function openForIssuing({ settings, onChange, onProblems, onDisplaced }: TokenFilesOptions): Promise<TokenFiles> {
  const { dataFolder, token } = settings
  const secret = await loadStateSecret(dataFolder, randomBytes)
  const keys = await rotateSigningKeys({
    dataFolder,
    lifetimeSeconds: token.lifetimeMs / 1_000,
    onChange,
    onProblems,
    now: Date.now,
    random: randomBytes,
  })
  const identityTokens = token.identity
    ? await keepIdentityTokens({ dataFolder, onChange, onProblems, onDisplaced }).catch(error => {
        keys.close()
        throw error
      })
    : null
  return {
    current: () => ({ secret, keys: keys.current(), identityTokens: identityTokens?.current() ?? new Map() }),
    identities: {
      async keep(record) {
        await identityTokens?.add(record)
      },
      async look() {
        await identityTokens?.look()
      },
      used: id => identityTokens?.used(id),
    },
    close() {
      keys.close()
      identityTokens?.close()
    },
  }
}

async function openForChecking({ settings, onChange, onProblems }: TokenFilesOptions): Promise<TokenFiles> {
  const { dataFolder } = settings
  const secret = await readSecret(statePaths(dataFolder).secret)
  if (secret === null) return { current: () => null, identities: none, close: () => {} }
  let keys: readonly SigningKey[] = []
  const told = (records: ReadonlyMap<string, SigningKey>) => {
    keys = [...records.values()]
    onChange()
  }
  const watch = await watchRecords(signingKeyFolder(dataFolder), { onChange: told, onProblems })
  return {
    current: () => (keys.length === 0 ? null : { secret, keys, identityTokens: new Map() }),
    identities: none,
    close: () => watch.close(),
  }
}

/** Where the gate makes none. */
const none: IdentityStore = { keep: async () => {}, look: async () => {}, used: () => {} }
