/**
 * Lets a few comparisons run at the same time and the others wait, those first that are least likely to be guesses.
 * (decision W8)
 */

/** `start` or `refuse` is called, once. */
export interface Turn {
  readonly name: string
  /** How much speaks for a guess, beside the name. */
  readonly suspicion: number
  /** It may run now. @param done to be called afterwards, once */
  start(done: () => void): void
  /** It cannot wait, or no longer. */
  refuse(): void
}

export interface Turns {
  /** Of those that run and those that wait. */
  readonly size: number
  begin(turn: Turn): void
}

/**
 * The least suspicious come first, and of these every name in turn. Of equal ones the first and the last alternate: who comes after many
 * others at once need not wait until all of them are through, and nobody waits for ever. Where too many wait, one of the most suspicious,
 * of the name that most of these have, gives way: the one in the middle, which would have waited for longest.
 * @param width how many may run at the same time
 * @param maxWaiting how many may wait beside them; a few thousand at most, since all of them are looked at for each turn
 */
export function createTurns({ width, maxWaiting }: { readonly width: number; readonly maxWaiting: number }): Turns {
  let running = 0
  /** In the order in which they came. */
  let waiting: readonly Turn[] = []
  /** How often each name that waits has had its turn meanwhile. */
  const served = new Map<string, number>()
  let isLastNext = false

  const take = (turn: Turn) => {
    waiting = waiting.filter(other => other !== turn)
    if (!waiting.some(({ name }) => name === turn.name)) served.delete(turn.name)
  }
  const next = () => {
    if (running >= width) return
    const least = lowest(waiting, ({ suspicion }) => suspicion)
    const equal = lowest(least, ({ name }) => served.get(name) ?? 0)
    const turn = equal.at(isLastNext ? -1 : 0)
    if (turn === undefined) return
    isLastNext = !isLastNext
    served.set(turn.name, (served.get(turn.name) ?? 0) + 1)
    take(turn)
    running++
    turn.start(() => {
      running--
      next()
    })
  }
  const refuseOne = () => {
    const most = lowest(waiting, ({ suspicion }) => -suspicion)
    const counts = new Map<string, number>()
    for (const { name } of most) counts.set(name, (counts.get(name) ?? 0) + 1)
    const equal = lowest(most, ({ name }) => -(counts.get(name) ?? 0))
    const turn = equal[Math.floor(equal.length / 2)]
    if (turn === undefined) return
    take(turn)
    turn.refuse()
  }

  return {
    get size() {
      return running + waiting.length
    },
    begin(turn) {
      waiting = [...waiting, turn]
      next()
      if (waiting.length > maxWaiting) refuseOne()
    },
  }
}

/** Those with the lowest value, in their order. */
function lowest(turns: readonly Turn[], value: (turn: Turn) => number): readonly Turn[] {
  const least = turns.reduce((all, turn) => Math.min(all, value(turn)), Number.POSITIVE_INFINITY)
  return turns.filter(turn => value(turn) === least)
}
