/**
 * The keys of TLS session tickets: the same in all workers and over reloads, in memory alone, and new ones twice a
 * day. (decision P11)
 */

export interface TicketKeys {
  readonly current: Uint8Array
  close(): void
}

/** Whoever learns a key can read the sessions that were begun with it: RFC 5077, 5.5; nginx.org, ssl_session_ticket_key. */
const rotationMs = 12 * 3_600_000

/** OpenSSL: 16 bytes of name, 16 for the HMAC, 16 for AES. */
const keyBytes = 48

/**
 * Node knows one set of keys at a time, so a session that was begun before a change begins anew, with a whole handshake.
 * @param random gives so many random bytes
 * @param onRotated told that `current` is another one now
 */
export function createTicketKeys(random: (bytes: number) => Uint8Array, onRotated: () => void): TicketKeys {
  let current = random(keyBytes)
  const clock = setInterval(() => {
    current = random(keyBytes)
    onRotated()
  }, rotationMs).unref()
  return {
    get current() {
      return current
    },
    close: () => clearInterval(clock),
  }
}
