/** The primary's counts of wrong passwords: made once, and kept over all reloads, so that a reload unlocks nobody. */
import { randomBytes } from 'node:crypto'
import type { Secret } from '../../errors/secret.js'
import { type Counts, createMemoryCounts, rememberingHere } from '../../login-limits/counts.js'
import { createLoginLimits, defaultRules, type LimitRules } from '../../login-limits/limits.js'
import type { RedisCounts } from '../../login-limits/redis-counts.js'
import type { Events } from '../../observe/events.js'
import type { RedisSettings, Settings } from '../../settings/settings.js'
import { loadStateSecret } from '../../token/state-secret.js'
import { createLoginLimitServer, type LoginLimitServer } from './login-limit-server.js'

export interface LoginCounting {
  readonly desk: LoginLimitServer
  /**
   * Nothing has changed until it is committed, and nothing needs to be undone.
   * @throws ProblemsFound where gates are to count together and the secret that they share cannot be read or made
   */
  prepare(
    settings: Pick<Settings, 'loginLimits' | 'dataFolder'>,
    redisPassword: Secret | null,
  ): Promise<PreparedCounting>
  close(): void
}

export interface PreparedCounting {
  /** See login-limits/attempt.ts. */
  readonly loginKey: Uint8Array
  commit(): void
}

/** Of each kind; some 30 MB where all of them are taken. */
const maxKeys = 50_000
/** At cost 10 about as long as a full queue of passwords takes (worker/shared-users.ts); less than a worker waits for the answer. */
const timeoutMs = 9_000

export function createLoginCounting(
  events: Pick<Events, 'loginsLocked' | 'loginsCountedAlone' | 'loginsCountedTogether'>,
): LoginCounting {
  const now = () => performance.now()
  const ownKey = randomBytes(32)
  const own = createMemoryCounts({ now, maxKeys })
  let rules: LimitRules = defaultRules
  let shared: { readonly name: string; readonly redis: RedisCounts; readonly counts: Counts } | null = null
  const limits = createLoginLimits({
    rules: () => rules,
    counts: () => (shared?.redis.reachable === true ? shared.counts : own),
    now,
    timeoutMs,
  })
  return {
    desk: createLoginLimitServer(limits, events),
    async prepare({ loginLimits, dataFolder }, password) {
      const redis = loginLimits?.redis ?? null
      // Few gates need it, and it takes its time to load.
      const connect = redis === null ? null : (await import('../../login-limits/redis-counts.js')).connectRedisCounts
      const loginKey = redis === null ? ownKey : await loadStateSecret(dataFolder, randomBytes)
      return {
        loginKey,
        commit() {
          rules = loginLimits ?? defaultRules
          const name = nameOf(redis, password)
          if (shared?.name === name) return
          shared?.redis.close()
          shared = null
          if (redis === null || connect === null) return
          const { url, where } = redis
          const connected = connect({
            url,
            password,
            onAway: cause => events.loginsCountedAlone({ where, redis: url, cause }),
            onShared: again => events.loginsCountedTogether({ redis: url, again }),
          })
          shared = { name, redis: connected, counts: rememberingHere(connected, own) }
        },
      }
    },
    close() {
      shared?.redis.close()
      shared = null
    },
  }
}

/** Two that are the same need not be connected anew. */
const nameOf = (redis: RedisSettings | null, password: Secret | null) =>
  redis === null ? '' : JSON.stringify([redis.url, password?.reveal() ?? null])
