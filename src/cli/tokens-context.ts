/** What `portcullis tokens` needs from outside, so that a test can give it. */
import type { Terminal } from './output.js'

/** What these commands need from outside. */
export interface TokensContext {
  readonly terminal: Terminal
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly random: (bytes: number) => Uint8Array
}
