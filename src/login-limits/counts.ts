/** Where wrong passwords are counted: what any such place can do, and the one in memory. */
import { LRUCache } from 'lru-cache'

/** `guess`: one password, whose count tells whether it has been counted already. */
export type CountOf = 'network' | 'pair' | 'guess'

export interface Count {
  readonly value: number
  /** Milliseconds until it begins anew from nothing. */
  readonly endsIn: number
}

/** Everything rejects where the place cannot be reached. */
export interface Counts {
  /**
   * Adds to a count; its window begins with the first one. A count of nothing is forgotten and never less than nothing.
   * @param windowMs how long it lasts, where this is the first
   */
  add(of: CountOf, key: string, by: 1 | -1, windowMs: number): Promise<Count>
  /** Whether a right password of this pair is remembered. */
  wasRight(pair: string): Promise<boolean>
  rememberRight(pair: string): Promise<void>
}

/** For a pair that has shown a right password; renewed whenever it shows one. */
export const rightForMs = 30 * 86_400_000

/**
 * Counts in memory. Of each kind the `maxKeys` used last are kept. To push out a count, an attacker has to spend as many others, nearly
 * all of them wrong passwords from other networks.
 * @param now milliseconds of a clock that only moves forward
 */
export function createMemoryCounts({ now, maxKeys }: { readonly now: () => number; readonly maxKeys: number }): Counts {
  const kept = () => new LRUCache<string, { readonly value: number; readonly endsAt: number }>({ max: maxKeys })
  const counts = { network: kept(), pair: kept(), guess: kept() }
  const right = new LRUCache<string, number>({ max: maxKeys })
  return {
    async add(of, key, by, windowMs) {
      const at = now()
      const before = counts[of].get(key)
      const living = before !== undefined && before.endsAt > at ? before : { value: 0, endsAt: at + windowMs }
      const value = Math.max(0, living.value + by)
      if (value === 0) counts[of].delete(key)
      else counts[of].set(key, { value, endsAt: living.endsAt })
      return { value, endsIn: living.endsAt - at }
    },
    wasRight: async pair => (right.get(pair) ?? 0) > now(),
    async rememberRight(pair) {
      right.set(pair, now() + rightForMs)
    },
  }
}

/**
 * Counts that several gates share, where right passwords are remembered in `own` as well: who has shown one stays in while the shared place
 * is out of reach, and after it has come back.
 */
export function rememberingHere(shared: Counts, own: Counts): Counts {
  return {
    add: (...count) => shared.add(...count),
    wasRight: async pair => (await own.wasRight(pair)) || shared.wasRight(pair),
    async rememberRight(pair) {
      await own.rememberRight(pair)
      await shared.rememberRight(pair)
    },
  }
}
