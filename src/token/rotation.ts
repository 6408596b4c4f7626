/** Decides which key signs, when the next one is made, and when an old one may go. Pure: time is passed in, in milliseconds since 1970. */
import type { SigningKey } from './model.js'

const minute = 60_000
const day = 86_400_000

/** A key signs for this long. */
const term = 90 * day
/** The next one is known this long before it signs: a registry reads its rootcertbundle when it starts. */
const announcement = 7 * day
/** All gates know a key after this long. */
export const spread = minute
/** How long after its end a token still counts on the URLs of an upload. */
export const uploadGrace = day

/** What is to be done with the keys. */
export interface RotationPlan {
  /** From when on the new key is to sign; null where none is needed. */
  readonly make: number | null
  /** Ids of keys that no living token needs. */
  readonly remove: readonly string[]
}

/** The key that signs now: the last one whose time has come, else the first; null without keys. Every gate finds the same one. */
export function signer(keys: readonly SigningKey[], now: number): SigningKey | null {
  const ordered = inOrder(keys)
  return ordered.findLast(key => key.signsFrom <= now) ?? ordered[0] ?? null
}

/** To be asked every so often, and after `rotate` or a change of the folder. */
export function planRotation(keys: readonly SigningKey[], now: number, lifetimeSeconds: number): RotationPlan {
  const ordered = inOrder(keys)
  const newest = ordered.at(-1)
  if (newest === undefined) return { make: now, remove: [] }
  const due = newest.signsFrom + term - announcement
  const kept = lifetimeSeconds * 1000 + uploadGrace + spread
  const over = ordered.filter((_, index) => {
    const next = ordered[index + 1]
    return next !== undefined && next.signsFrom + kept <= now
  })
  return { make: now < due ? null : now + announcement, remove: over.map(key => key.id) }
}

/** By the time from which they sign. */
export function inOrder(keys: readonly SigningKey[]): SigningKey[] {
  return [...keys].sort((a, b) => a.signsFrom - b.signsFrom || (a.id < b.id ? -1 : 1))
}
