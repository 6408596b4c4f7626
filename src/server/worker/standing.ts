/**
 * What this worker remembers of where logins came from: whose password was right from where, and which networks have
 * been wrong. (decision W8)
 */
import { LRUCache } from 'lru-cache'
import type { PasswordOutcome } from '../../login-limits/limits.js'

export interface Standing {
  /** Whether this user has shown a right password from this network. */
  hasBeenRight(network: string, name: string): boolean
  /**
   * How much speaks for a guess: 0 for a user who has been right from this network, otherwise 1 and one more for each wrong password that
   * came from the network lately, and for each that is being checked. So every network has its turn, and a new one before one that guesses.
   */
  suspicion(network: string, name: string): number
  /** A password is being checked. @returns to be called with what came of it */
  begin(network: string, name: string): (outcome: PasswordOutcome) => void
}

/** As long as wrong passwords are counted by default (login-limits/limits.ts). */
const wrongForMs = 300_000

/**
 * @param maxRemembered networks, and users of networks, of which something is remembered
 * @param now milliseconds of a clock that only moves forward
 */
export function createStanding(maxRemembered: number, now: () => number = () => performance.now()): Standing {
  const right = new LRUCache<string, true>({ max: maxRemembered })
  const wrong = new LRUCache<string, { readonly count: number; readonly until: number }>({ max: maxRemembered })
  const underWay = new Map<string, number>()
  const place = (network: string, name: string) => `${network} ${name}`
  const wrongCount = (network: string) => {
    const known = wrong.get(network)
    return known === undefined || known.until <= now() ? 0 : known.count
  }
  const hasBeenRight = (network: string, name: string) => right.get(place(network, name)) === true
  return {
    hasBeenRight,
    suspicion: (network, name) =>
      hasBeenRight(network, name) ? 0 : 1 + wrongCount(network) + (underWay.get(network) ?? 0),
    begin(network, name) {
      underWay.set(network, (underWay.get(network) ?? 0) + 1)
      return outcome => {
        const left = (underWay.get(network) ?? 1) - 1
        if (left === 0) underWay.delete(network)
        else underWay.set(network, left)
        if (outcome === 'right') right.set(place(network, name), true)
        if (outcome === 'wrong') wrong.set(network, { count: wrongCount(network) + 1, until: now() + wrongForMs })
      }
    },
  }
}
