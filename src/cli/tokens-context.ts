/** The dependencies of `portcullis tokens`, which tests replace. */
import type { Terminal } from './output.js'

export interface TokensContext {
  readonly terminal: Terminal
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly random: (bytes: number) => Uint8Array
}
