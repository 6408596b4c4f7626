/** Tells whether a user is still who they were when a token was made, without telling the hash of the password. */
import { createHmac } from 'node:crypto'

/**
 * Changes with the user's name and stamp, and so with the password; 22 characters of base64url.
 * @param secret of the state folder, the same in all gates
 */
export function userFingerprint(secret: Uint8Array, user: { readonly name: string; readonly stamp: string }): string {
  return keyedHash(secret, 'entry', user.name, user.stamp).subarray(0, 16).toString('base64url')
}

/** HMAC-SHA-256 over fields with their lengths, so that no two lists of fields give the same text; `purpose` keeps the uses apart. */
export function keyedHash(secret: Uint8Array, purpose: string, ...fields: readonly string[]): Buffer {
  const text = [purpose, ...fields].map(field => `${field.length}:${field}`).join('')
  // UTF-16 keeps apart what UTF-8 would replace by U+FFFD.
  return createHmac('sha256', secret).update(text, 'utf16le').digest()
}
