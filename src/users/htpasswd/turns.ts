/**
 * Lets a few comparisons run at the same time and the others wait, those first that are least likely to be guesses.
 * (decision W8)
 */

/** Who is first: the lower `suspicion`, of equal ones the lower `round`, of equal ones who came first. */
export interface Rank {
  /** How much speaks for a guess, beside the name. */
  readonly suspicion: number
  /** How many others wait for the same name already: every name has its turn. */
  readonly round: number
}

export interface Turns {
  /** Of those that run and those that wait. */
  readonly size: number
  begin(turn: Turn): void
}

/** One of the two is called, once. */
export interface Turn {
  readonly rank: Rank
  /** It may run now. @param done to be called afterwards, once */
  start(done: () => void): void
  /** It cannot wait, or no longer: too many do, and the others come first. */
  refuse(): void
}

/** @param width how many may run at the same time @param maxWaiting how many may wait beside them */
export function createTurns({ width, maxWaiting }: { readonly width: number; readonly maxWaiting: number }): Turns {
  let running = 0
  /** In the order of their turns. */
  const waiting: Turn[] = []

  const next = () => {
    const first = running < width ? waiting.shift() : undefined
    if (first === undefined) return
    running++
    first.start(() => {
      running--
      next()
    })
  }

  return {
    get size() {
      return running + waiting.length
    },
    begin(turn) {
      waiting.splice(placeOf(turn.rank, waiting), 0, turn)
      next()
      if (waiting.length > maxWaiting) waiting.pop()?.refuse()
    },
  }
}

/** Behind all that are not after it. */
function placeOf(rank: Rank, waiting: readonly Turn[]): number {
  let [from, to] = [0, waiting.length]
  while (from < to) {
    const middle = Math.floor((from + to) / 2)
    const other = waiting[middle]
    if (other !== undefined && isBefore(rank, other.rank)) to = middle
    else from = middle + 1
  }
  return from
}

const isBefore = (one: Rank, other: Rank) =>
  one.suspicion < other.suspicion || (one.suspicion === other.suspicion && one.round < other.round)
