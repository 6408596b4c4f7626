/** What `portcullis users` needs from outside, so that a test can give it. */
import type { Terminal } from './output.js'
import type { PasswordInput } from './users-password-input.js'

/** What these commands need from outside. */
export interface UsersContext {
  readonly terminal: Terminal
  readonly input: PasswordInput
  /** For `--random`. */
  readonly randomPassword: () => string
}
