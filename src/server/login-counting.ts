/** The primary's counts of wrong passwords: made once, and kept over all reloads, so that a reload unlocks nobody. */
import { randomBytes } from 'node:crypto'
import { createMemoryCounts } from '../login-limits/counts.js'
import { createLoginLimits, defaultRules, type LimitRules } from '../login-limits/limits.js'
import type { Events } from '../observe/events.js'
import type { Settings } from '../settings/settings.js'
import { createLoginDesk, type LoginDesk } from './login-desk.js'

export interface LoginCounting {
  readonly desk: LoginDesk
  prepare(settings: Settings): Promise<PreparedCounting>
}

export interface PreparedCounting {
  /** See login-limits/attempt.ts. */
  readonly loginKey: Uint8Array
  commit(): void
}

/** Of each kind; some 30 MB where all of them are taken. */
const maxKeys = 50_000
/** At cost 10 about as long as a full queue of passwords takes. */
const patienceMs = 5_000

export function createLoginCounting(events: Pick<Events, 'loginsLocked'>): LoginCounting {
  const now = () => performance.now()
  const ownKey = randomBytes(32)
  const own = createMemoryCounts({ now, maxKeys })
  let rules: LimitRules = defaultRules
  const limits = createLoginLimits({ rules: () => rules, counts: () => own, now, patienceMs })
  return {
    desk: createLoginDesk(limits, events),
    async prepare({ loginLimits }) {
      return {
        loginKey: ownKey,
        commit() {
          rules = loginLimits ?? defaultRules
        },
      }
    },
  }
}
