/** Puts other token files in the place of the ones before when a reload asks for them, and tells of changes of those that are in force. */
import type { Problem } from '../errors/problem.js'
import type { IdentityToken } from '../token/model.js'
import { openTokenFiles, type TokenFiles, type TokenFilesOptions, type TokenState } from './token-files.js'

export interface TokenKeeper {
  /**
   * Opens the files that the settings speak of; those before stay in force until the commit.
   * @throws ProblemsFound where they cannot be used
   */
  prepare(settings: TokenFilesOptions['settings']): Promise<PreparedTokens>
  /** Rejects where the record cannot be written. */
  keepIdentity(record: IdentityToken): Promise<void>
  close(): void
}

export interface PreparedTokens {
  readonly state: TokenState | null
  commit(): void
  discard(): void
}

export interface TokenKeeperOptions {
  readonly onChange: (state: TokenState | null) => void
  readonly onProblems: (problems: readonly Problem[]) => void
}

export function createTokenKeeper({ onChange, onProblems }: TokenKeeperOptions): TokenKeeper {
  let inForce: TokenFiles | null = null
  return {
    async prepare(settings) {
      let changed = false
      let opened: TokenFiles | null = null
      const files = await openTokenFiles({
        settings,
        onProblems,
        onChange() {
          changed = true
          if (opened !== null && opened === inForce) onChange(opened.current())
        },
      })
      opened = files
      changed = false
      return {
        state: files.current(),
        commit() {
          inForce?.close()
          inForce = files
          // Nobody has been told of what came since it was prepared.
          if (changed) onChange(files.current())
        },
        discard: () => files.close(),
      }
    },
    async keepIdentity(record) {
      if (inForce === null) throw new Error('there is no place to keep it')
      await inForce.keepIdentity(record)
    },
    close: () => inForce?.close(),
  }
}
