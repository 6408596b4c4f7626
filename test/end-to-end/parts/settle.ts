/** Waits for what comes by itself, and says what it was when it does not come. */
import { setTimeout as delay } from 'node:timers/promises'

/** Resolves as soon as `look` gives true; throws with `what` after `timeout` ms. */
export async function eventually(
  what: () => string,
  look: () => boolean | Promise<boolean>,
  timeout = 20_000,
): Promise<void> {
  const deadline = performance.now() + timeout
  while (!(await look())) {
    if (performance.now() > deadline) throw new Error(`after ${timeout} ms still: ${what()}`)
    await delay(20)
  }
}

/** Runs all of them, `width` at a time; results in their order. */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  width: number,
  work: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> {
  const results = new Map<number, Result>()
  const queue = items.entries()
  const run = async () => {
    for (const [index, item] of queue) results.set(index, await work(item, index))
  }
  await Promise.all(Array.from({ length: width }, run))
  return items.flatMap((_, index) => {
    const result = results.get(index)
    return result === undefined ? [] : [result]
  })
}
