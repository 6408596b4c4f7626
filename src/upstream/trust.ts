/** Whether a backend sends nothing but answers, judged by what comes on its resting connections (decision R18). */

export interface Trust {
  /** Whether its connections may be used again. */
  readonly mayReuse: boolean
  /** Milliseconds for which a connection rests before it may be used again. */
  readonly restMs: number
  /** A connection rested for so many milliseconds, and nothing came. */
  restedQuietly(ms: number): void
  /** Bytes came that belong to no answer. */
  spokeUnasked(): void
}

/**
 * What a backend sends too much would be taken for the answer to the next request, and every later answer on the connection for that of
 * another client (CVE-2026-48931). It mostly comes right behind an answer. A shorter rest is a wrong answer sooner, a longer one costs
 * connections: at 1,000 requests per second fifty and a thousand.
 */
const restMs = { proven: 50, unproven: 1_000 }

/** Quiet rests of the longer kind. A backend that says too much behind each eleventh answer passes this one time in 10^10. */
const provenAfter = 256

/** Milliseconds for which a backend that spoke unasked gets a new connection for each request. */
export const distrustMs = 60_000

/** @param now milliseconds, never going back */
export function createTrust(now: () => number): Trust {
  let quietRests = 0
  let distrustedUntil = Number.NEGATIVE_INFINITY
  return {
    get mayReuse() {
      return now() >= distrustedUntil
    },
    get restMs() {
      return quietRests < provenAfter ? restMs.unproven : restMs.proven
    },
    restedQuietly(ms) {
      if (ms >= restMs.unproven) quietRests++
    },
    spokeUnasked() {
      quietRests = 0
      distrustedUntil = now() + distrustMs
    },
  }
}
