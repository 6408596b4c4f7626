/** Puts other token files in the place of the ones before when a reload asks for them, and tells of changes of those that are in force. */
import type { Events } from '../../observe/events.js'
import { type IdentityChange, identityChange } from '../identity-change.js'
import type { IdentityStore } from '../identity-keeping.js'
import { openTokenFiles, type TokenFiles, type TokenFilesOptions, type TokenState } from '../token-files.js'

export interface SharedTokenState {
  /**
   * Opens the files that the settings speak of; those before stay in force until the commit.
   * @throws ProblemsFound where they cannot be used
   */
  prepare(settings: TokenFilesOptions['settings']): Promise<PreparedTokens>
  /** Of the files in force. */
  readonly identities: IdentityStore
  close(): void
}

export interface PreparedTokens {
  readonly state: TokenState | null
  commit(): void
  discard(): void
}

/**
 * @param onChange told of what is in force from now on, after the commit; `change` is all that is other than when it was told last, or
 * null where that is more than identity tokens
 */
export function createTokenState(
  events: Pick<Events, 'noticed' | 'signingKeysChanged' | 'identityTokenDisplaced'>,
  onChange: (state: TokenState | null, change: IdentityChange | null) => void,
): SharedTokenState {
  let inForce: TokenFiles | null = null
  let keys = ''
  /** What workers know; null as well where only all of it will do. */
  let known: TokenState | null = null
  const tell = (state: TokenState | null) => {
    onChange(state, identityChange(known, state))
    known = state
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
        onDisplaced: ({ token, usedAt }) => events.identityTokenDisplaced({ ...token, usedAt }),
        onChange() {
          changed = true
          if (opened !== null && opened === inForce) tell(opened.current())
        },
      })
      opened = files
      changed = false
      const state = files.current()
      const knownBefore = known
      return {
        state,
        commit() {
          inForce?.close()
          inForce = files
          keys = keyNames(state).join()
          // Nobody has been told of what came since it was prepared, or it was told by the files of before.
          const isOutdated = changed || known !== knownBefore
          known = isOutdated ? null : state
          if (isOutdated) tell(files.current())
        },
        discard: () => files.close(),
      }
    },
    identities: {
      async keep(record) {
        if (inForce === null) throw new Error('there is no place to keep it')
        await inForce.identities.keep(record)
      },
      async look() {
        await inForce?.identities.look()
      },
      used: id => inForce?.identities.used(id),
    },
    close: () => inForce?.close(),
  }
}

const keyNames = (state: TokenState | null): readonly string[] => state?.keys.map(key => key.id) ?? []
