/** Puts other token files in the place of the ones before when a reload asks for them, and tells of changes of those that are in force. */
import type { Events } from '../observe/events.js'
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

/** @param onChange told of what is in force from now on, after the commit */
export function createTokenKeeper(
  events: Pick<Events, 'noticed' | 'signingKeysChanged'>,
  onChange: (state: TokenState | null) => void,
): TokenKeeper {
  let inForce: TokenFiles | null = null
  let keys = ''
  const tell = (state: TokenState | null) => {
    onChange(state)
    const names = keyNames(state)
    if (names.join() !== keys) events.signingKeysChanged(names)
    keys = names.join()
  }
  return {
    async prepare(settings) {
      let changed = false
      let opened: TokenFiles | null = null
      const files = await openTokenFiles({
        settings,
        onProblems: problems => {
          for (const problem of problems) events.noticed(problem)
        },
        onChange() {
          changed = true
          if (opened !== null && opened === inForce) tell(opened.current())
        },
      })
      opened = files
      changed = false
      const state = files.current()
      return {
        state,
        commit() {
          inForce?.close()
          inForce = files
          keys = keyNames(state).join()
          // Nobody has been told of what came since it was prepared.
          if (changed) tell(files.current())
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

const keyNames = (state: TokenState | null): readonly string[] => state?.keys.map(key => key.id) ?? []
