/** What the password of an unknown user is compared with, so that its time tells nothing. */
import { createHmac, type KeyObject } from 'node:crypto'
import { decoyOf } from './hash-formats.js'
import type { Users } from './users.js'

/** For a file without users: what `htpasswd -B` of this project writes. */
const usualDecoy = decoyOf(`$2y$10$${'.'.repeat(53)}`)

/** A reload makes a new map, so the kinds of an old one vanish with it. */
const kindsOf = new WeakMap<Users['entries'], readonly string[]>()

function kinds(users: Users): readonly string[] {
  const known = kindsOf.get(users.entries)
  if (known !== undefined) return known
  const found = new Set<string>()
  for (const entry of users.entries.values()) found.add(decoyOf(entry.hash))
  if (found.size === 0) found.add(usualDecoy)
  const list = [...found].sort()
  kindsOf.set(users.entries, list)
  return list
}

/**
 * A hash that no password gives, as costly as the hash of some user of the file. In a file of mixed costs each unknown name
 * keeps its cost, and keeps it when users come and go, as a known name would (rendezvous hashing: the kind with the
 * greatest keyed hash wins).
 */
export function chooseDecoy(key: KeyObject, users: Users, name: string): string {
  const [first = usualDecoy, ...others] = kinds(users)
  if (others.length === 0) return first
  const weigh = (kind: string): string =>
    createHmac('sha256', key).update(`decoy:${name.length}:${name}${kind}`, 'utf16le').digest('hex')
  let chosen = { kind: first, weight: weigh(first) }
  for (const kind of others) {
    const weight = weigh(kind)
    if (weight > chosen.weight) chosen = { kind, weight }
  }
  return chosen.kind
}
