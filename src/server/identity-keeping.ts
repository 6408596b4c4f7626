/**
 * What a worker asks the primary about identity tokens: to keep one that it has made, and to look for those of other
 * gates. (decision T4)
 */
import { setTimeout as delay } from 'node:timers/promises'
import { RequestError } from '../errors/request-error.js'
import type { IdentityToken } from '../token/model.js'

/** Where identity tokens stand. */
export interface IdentityStore {
  /** Resolves once it is kept, and every worker has been told of it. Rejects where it cannot be kept. */
  keep(record: IdentityToken): Promise<void>
  /** Resolves once every worker has been told of what stands there now. */
  look(): Promise<void>
  /** The token with this id is used now: of too many, the one not used for longest goes. */
  used(id: string): void
}

export interface IdentityKeeping extends IdentityStore {
  /** The primary's answer. @param fault null where all is well */
  answered(id: number, fault: string | null): void
}

/** A client is not kept waiting longer for a slow disk. */
const timeoutMs = 10_000
/** Each one costs the disk more than anything else that a client can ask for with so little. */
const maxKept = 256
/** Between two looks: a client that guesses tokens must not keep the primary busy. */
const pauseMs = 100

/** @param ask tells the primary; `record` null: it is only to look @param used tells it that the token with this id is used */
export function createIdentityKeeping(
  ask: (id: number, record: IdentityToken | null) => void,
  used: (id: string) => void,
): IdentityKeeping {
  const waiting = new Map<number, (fault: string | null) => void>()
  let nextId = 1
  let keeping = 0
  let nextLook: Promise<void> | null = null
  let lookedAt = Number.NEGATIVE_INFINITY

  const answer = (record: IdentityToken | null): Promise<void> => {
    const id = nextId++
    return new Promise((resolve, reject) => {
      const settle = (fault: string | null) => {
        clearTimeout(late)
        waiting.delete(id)
        if (fault === null) resolve()
        else reject(new Error(fault))
      }
      const late = setTimeout(() => settle(`no answer within ${timeoutMs / 1_000} s`), timeoutMs)
      waiting.set(id, settle)
      ask(id, record)
    })
  }
  const lookSoon = async () => {
    await delay(Math.max(0, lookedAt + pauseMs - performance.now()))
    nextLook = null
    lookedAt = performance.now()
    await answer(null)
  }

  return {
    async keep(record) {
      if (keeping >= maxKept) throw busy()
      keeping++
      await answer(record).finally(() => keeping--)
    },
    look() {
      // Joined by all who come before it begins.
      nextLook ??= lookSoon()
      return nextLook
    },
    used,
    answered: (id, fault) => waiting.get(id)?.(fault),
  }
}

const busy = () =>
  new RequestError('busy', { message: 'too many identity tokens are being made', headers: { 'Retry-After': '1' } })
