/** Passwords for people to copy: no look-alikes, and too many to guess. */
import { randomBytes } from 'node:crypto'

/** 32 characters, so that five bits of a byte choose evenly; without l, o, 0 and 1. */
const alphabet = 'abcdefghijkmnpqrstuvwxyz23456789'

/** `xxxxx-xxxxx-xxxxx-xxxxx`: 100 random bits. */
export function randomPassword(random: (count: number) => Uint8Array = randomBytes): string {
  const characters = Array.from(random(20), byte => alphabet[byte & 31]).join('')
  return (characters.match(/.{5}/g) ?? []).join('-')
}
