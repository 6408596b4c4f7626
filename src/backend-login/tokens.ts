/** Tokens of the backend, each kept for its scopes until shortly before it ends; asked for once however many wait for it. */
import { LRUCache } from 'lru-cache'
import { RequestError } from '../errors/request-error.js'

export interface IssuedToken {
  readonly value: string
  readonly lifeMs: number
}

export interface Tokens {
  /**
   * @param lasting whether it must hold for a while: a body can be sent only once
   * @throws RequestError why there is none
   */
  get(scopes: readonly string[], lasting: boolean): Promise<string>
  /** The backend refused it: it is not given out again, unless it has just been issued and another one would be no better. */
  refused(scopes: readonly string[], token: string): void
}

/** Names of repositories come from clients: so many tokens are kept at once, and so many characters of them. */
const mostTokens = 1_000
const mostCharacters = 4 * 1024 * 1024

/** The share of its life, and the milliseconds before a body is sent, that a token must have left. */
const lastShare = 0.2
const lastingMs = 30_000

/** A token that is younger would be refused again, and its scopes be asked for with every request that is refused. */
const youngMs = 1_000

/** Milliseconds for which a failure is not tried again: a refused password is not repeated until an account is locked. */
const calmMs = { refused: 10_000, failed: 1_000 } as const

/** After so many refusals with no token in between it is the password that is wrong, whatever the scopes are. */
const mostRefusals = 3

interface Failure {
  readonly error: unknown
  readonly until: number
}

interface Kept {
  readonly value: string
  readonly issuedAt: number
  readonly lifeMs: number
}

/**
 * @param issue asks the backend's token service
 * @param now milliseconds, never going back
 */
export function createTokens(issue: (scopes: readonly string[]) => Promise<IssuedToken>, now: () => number): Tokens {
  const kept = new LRUCache<string, Kept>({
    max: mostTokens,
    maxSize: mostCharacters,
    sizeCalculation: ({ value }, key) => value.length + key.length,
  })
  const failures = new LRUCache<string, Failure>({ max: mostTokens })
  /** The last refusal, which is that of all scopes once there were enough of them. */
  let refusal: Failure | null = null
  let refusals = 0
  const flights = new Map<string, Promise<Kept>>()

  const renew = async (key: string, scopes: readonly string[]): Promise<Kept> => {
    try {
      const issuedAt = now()
      const token = { ...(await issue(scopes)), issuedAt }
      kept.set(key, token)
      refusals = 0
      return token
    } catch (error) {
      const calm = error instanceof RequestError && error.code === 'backend-refused-login' ? 'refused' : 'failed'
      const failure = { error, until: now() + calmMs[calm] }
      failures.set(key, failure)
      if (calm === 'refused') {
        refusals++
        refusal = failure
      }
      throw error
    } finally {
      flights.delete(key)
    }
  }
  const inFlight = (key: string, scopes: readonly string[]): Promise<Kept> => {
    const under = flights.get(key)
    if (under !== undefined) return under
    const failure = refusals >= mostRefusals ? refusal : failures.get(key)
    if (failure != null && now() < failure.until) return Promise.reject(failure.error)
    const flight = renew(key, scopes)
    flights.set(key, flight)
    return flight
  }

  return {
    async get(scopes, lasting) {
      const key = scopes.join(' ')
      const token = kept.get(key)
      if (token === undefined) return (await inFlight(key, scopes)).value
      const left = token.issuedAt + token.lifeMs - now()
      const wanted = Math.max(token.lifeMs * lastShare, lasting ? Math.min(lastingMs, token.lifeMs / 2) : 0)
      if (left > wanted) return token.value
      try {
        return (await inFlight(key, scopes)).value
      } catch (error) {
        // What still holds is better than nothing while the token service is away.
        if (token.issuedAt + token.lifeMs > now()) return token.value
        throw error
      }
    },
    refused(scopes, token) {
      const key = scopes.join(' ')
      const found = kept.peek(key)
      if (found?.value === token && now() - found.issuedAt >= youngMs) kept.delete(key)
    },
  }
}
