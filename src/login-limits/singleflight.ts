/** Logins that are being checked, by what they are counted for, and the ones that wait until one of them has ended. */

export interface Flights {
  /** How many of this key are under way. */
  count(key: string): number
  begin(key: string): void
  /** @param wake whether those who wait for the key are to look again */
  end(key: string, wake: boolean): void
  /** Resolves when one of the key has ended, or after `ms`. */
  nextEnd(key: string, ms: number): Promise<void>
}

export function createFlights(): Flights {
  const underWay = new Map<string, number>()
  const waiting = new Map<string, Set<() => void>>()
  return {
    count: key => underWay.get(key) ?? 0,
    begin: key => void underWay.set(key, (underWay.get(key) ?? 0) + 1),
    end(key, wake) {
      const left = (underWay.get(key) ?? 1) - 1
      if (left === 0) underWay.delete(key)
      else underWay.set(key, left)
      if (wake) for (const look of [...(waiting.get(key) ?? [])]) look()
    },
    nextEnd: (key, ms) =>
      new Promise(resolve => {
        const others = waiting.get(key) ?? new Set()
        waiting.set(key, others)
        const look = () => {
          clearTimeout(late)
          others.delete(look)
          if (others.size === 0 && waiting.get(key) === others) waiting.delete(key)
          resolve()
        }
        const late = setTimeout(look, ms)
        others.add(look)
      }),
  }
}
