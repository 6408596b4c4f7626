/**
 * Caches the backend's tokens by scope until shortly before they expire. Concurrent requests for the same scopes share
 * one fetch.
 */
import { LRUCache } from 'lru-cache'
import { RequestError } from '../errors/request-error.js'

export interface IssuedToken {
  readonly value: string
  readonly lifetimeMs: number
}

export interface Tokens {
  /**
   * @param lasting whether the token must stay valid for a while: a body can be sent only once
   * @throws RequestError with the reason if there is no token
   */
  get(scopes: readonly string[], lasting: boolean): Promise<string>
  /**
   * Reports that the backend refused this token. It is dropped, unless it is so new that another one would be refused
   * too.
   */
  refused(scopes: readonly string[], token: string): void
}

/** Bounds of the cache, in tokens and in characters: clients choose the repository names. */
const maxTokens = 1_000
const maxCharacters = 4 * 1024 * 1024

/** The share of its lifetime, and the milliseconds before a body is sent, that a token must have left. */
const minRemainingShare = 0.2
const minRemainingMs = 30_000

/**
 * A token below this age is kept after a refusal. Otherwise each refused request would fetch a token that is
 * refused again.
 */
const minAgeMs = 1_000

/**
 * Milliseconds before a failed fetch is retried. The wait after a refused login prevents the backend from locking the
 * account.
 */
const backoffMs = { refused: 10_000, failed: 1_000 } as const

/**
 * After this number of refused logins without a token in between, the password is assumed to be wrong for all scopes.
 */
const maxRefusedLogins = 3

interface Failure {
  readonly error: unknown
  readonly until: number
}

interface CachedToken {
  readonly value: string
  readonly issuedAt: number
  readonly lifetimeMs: number
}

/**
 * @param issue fetches a token from the backend's token service
 * @param now monotonic clock, in milliseconds
 */
export function createTokens(issue: (scopes: readonly string[]) => Promise<IssuedToken>, now: () => number): Tokens {
  const cache = new LRUCache<string, CachedToken>({
    max: maxTokens,
    maxSize: maxCharacters,
    sizeCalculation: ({ value }, key) => value.length + key.length,
  })
  const failures = new LRUCache<string, Failure>({ max: maxTokens })
  /** The last refused login. It counts for all scopes after maxRefusedLogins of them. */
  let lastRefusedLogin: Failure | null = null
  let refusedLogins = 0
  const inFlight = new Map<string, Promise<CachedToken>>()

  const renew = async (key: string, scopes: readonly string[]): Promise<CachedToken> => {
    try {
      const issuedAt = now()
      const token = { ...(await issue(scopes)), issuedAt }
      cache.set(key, token)
      refusedLogins = 0
      return token
    } catch (error) {
      const reason = error instanceof RequestError && error.code === 'backend-refused-login' ? 'refused' : 'failed'
      const failure = { error, until: now() + backoffMs[reason] }
      failures.set(key, failure)
      if (reason === 'refused') {
        refusedLogins++
        lastRefusedLogin = failure
      }
      throw error
    } finally {
      inFlight.delete(key)
    }
  }
  const fetchOnce = (key: string, scopes: readonly string[]): Promise<CachedToken> => {
    const running = inFlight.get(key)
    if (running !== undefined) return running
    const failure = refusedLogins >= maxRefusedLogins ? lastRefusedLogin : failures.get(key)
    if (failure != null && now() < failure.until) return Promise.reject(failure.error)
    const pending = renew(key, scopes)
    inFlight.set(key, pending)
    return pending
  }

  return {
    async get(scopes, lasting) {
      const key = scopes.join(' ')
      const token = cache.get(key)
      if (token === undefined) return (await fetchOnce(key, scopes)).value
      const left = token.issuedAt + token.lifetimeMs - now()
      const wanted = Math.max(
        token.lifetimeMs * minRemainingShare,
        lasting ? Math.min(minRemainingMs, token.lifetimeMs / 2) : 0,
      )
      if (left > wanted) return token.value
      try {
        return (await fetchOnce(key, scopes)).value
      } catch (error) {
        // A token that is still valid is used while the token service is unavailable.
        if (token.issuedAt + token.lifetimeMs > now()) return token.value
        throw error
      }
    },
    refused(scopes, token) {
      const key = scopes.join(' ')
      const found = cache.peek(key)
      if (found?.value === token && now() - found.issuedAt >= minAgeMs) cache.delete(key)
    },
  }
}
