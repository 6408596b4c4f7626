/** What a person may know about a hash: its kind and how costly it is to guess at, and nothing of the hash itself. */
import { hashFormats } from './hash-formats.js'

export interface HashDescription {
  /** `bcrypt`, `SHA-512 crypt`. */
  readonly kind: string
  /** bcrypt: the power of two of its rounds. SHA crypt: the rounds. Null where the kind leaves no choice. */
  readonly cost: number | null
  /** Both in words: `bcrypt, cost 10`. */
  readonly text: string
}

/** Of a hash without a fault, as UserEntry has it. */
export function describeHash(hash: string): HashDescription {
  const kind = hashFormats.find(format => format.begins.test(hash))?.name ?? 'unknown'
  const exponent = /^\$2[aby]\$(\d\d)\$/.exec(hash)?.[1]
  if (exponent !== undefined) return { kind, cost: Number(exponent), text: `${kind}, cost ${Number(exponent)}` }
  const rounds = /^\$[56]\$(?:rounds=(\d+)\$)?/.exec(hash)
  if (rounds === null) return { kind, cost: null, text: kind }
  const cost = Number(rounds[1] ?? 5000)
  return { kind, cost, text: `${kind}, ${cost} rounds` }
}
