/** Keeps the signing keys as rotation.ts plans it: makes the first and the next ones, removes old ones, and follows the folder. */
import type { Problem } from '../errors/problem.js'
import { watchRecords } from '../files/watch-records.js'
import { addSigningKey, highestNumber, removeSigningKey, signingKeyFolder, writeKeyCertificates } from './key-files.js'
import type { SigningKey } from './model.js'
import { planRotation } from './rotation.js'
import { createSigningKey } from './signing-key.js'

export interface KeyTending {
  /** The value of --data. */
  readonly dataFolder: string
  readonly lifetimeSeconds: number
  /** The keys are others than before. Must not throw. */
  readonly onChange: (keys: readonly SigningKey[]) => void
  /** What is wrong with files of keys is other than before. Must not throw. */
  readonly onProblems: (problems: readonly Problem[]) => void
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly random: (bytes: number) => Uint8Array
  /** How often the folder is looked at, in milliseconds. */
  readonly intervalMs?: number
}

export interface TendedKeys {
  /** At least one. */
  current(): readonly SigningKey[]
  close(): void
}

const hour = 3_600_000

/** Resolves when there is a key to sign with. Rejects with the error of the system where none can be made. */
export async function rotateSigningKeys(tending: KeyTending): Promise<TendedKeys> {
  const { dataFolder, lifetimeSeconds, now, random, onChange, onProblems, ...options } = tending
  let inForce: readonly SigningKey[] = []
  let started = false
  let closed = false
  const watch = await watchRecords(signingKeyFolder(dataFolder), {
    ...options,
    onChange(records) {
      // Without any key a new one is made at once; until then what was issued stays valid.
      if (records.size > 0) inForce = [...records.values()]
      if (!started) return
      if (records.size > 0) onChange(inForce)
      void tend()
    },
    onProblems,
  })
  const plan = () => planRotation([...watch.current().values()], now(), lifetimeSeconds)

  /** The next number may be taken: by another gate, whose key then is the one that was needed, or by a broken file. */
  async function makeKey(): Promise<void> {
    for (let number = highestNumber(watch.current().keys()) + 1; ; number += 1) {
      const { make } = plan()
      if (make === null) return
      const key = await createSigningKey({ id: `key-${number}`, now: now(), signsFrom: make, random })
      const added = await addSigningKey(dataFolder, key)
      await watch.refresh()
      if (added) return
    }
  }

  async function rotate(): Promise<void> {
    await makeKey()
    const { remove } = plan()
    for (const id of remove) await removeSigningKey(dataFolder, id)
    if (remove.length > 0) await watch.refresh()
    await writeKeyCertificates(dataFolder, inForce)
  }

  async function tend(): Promise<void> {
    await rotate().catch((fault: unknown) => {
      if (closed) return
      const message = `the signing keys cannot be renewed (${fault instanceof Error ? fault.message : 'unknown error'})`
      onProblems([{ where: dataFolder, message, hint: 'the keys of before still sign' }])
    })
  }

  try {
    await rotate()
    if (inForce.length === 0) throw new Error('the new signing key could not be read back')
  } catch (fault) {
    watch.close()
    throw fault
  }
  started = true
  const timer = setInterval(() => void tend(), hour)
  timer.unref()
  return {
    current: () => inForce,
    close() {
      closed = true
      clearInterval(timer)
      watch.close()
    },
  }
}
