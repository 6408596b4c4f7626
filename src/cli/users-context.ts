/** The dependencies of `portcullis users`, which tests replace. */
import type { Terminal } from './output.js'
import type { PasswordInput } from './users-password-input.js'

export interface UsersContext {
  readonly terminal: Terminal
  readonly input: PasswordInput
  /** For `--random`. */
  readonly randomPassword: () => string
}
