/** Identity tokens that a worker has made and the primary is to keep: which of them still wait for its answer. */
import type { IdentityToken } from '../token/model.js'

export interface IdentityKeeping {
  /** Resolves once the primary has kept it; rejects where it has not, or says nothing. */
  keep(record: IdentityToken): Promise<void>
  /** The primary's answer. @param fault null where it is kept */
  kept(id: number, fault: string | null): void
}

/** A client is not kept waiting longer for a slow disk. */
const patienceMs = 10_000

/** @param ask tells the primary */
export function createIdentityKeeping(ask: (id: number, record: IdentityToken) => void): IdentityKeeping {
  const waiting = new Map<number, (fault: string | null) => void>()
  let nextId = 1
  return {
    keep(record) {
      const id = nextId++
      return new Promise((resolve, reject) => {
        const settle = (fault: string | null) => {
          clearTimeout(late)
          waiting.delete(id)
          if (fault === null) resolve()
          else reject(new Error(fault))
        }
        const late = setTimeout(() => settle(`no answer within ${patienceMs / 1_000} s`), patienceMs)
        waiting.set(id, settle)
        ask(id, record)
      })
    },
    kept: (id, fault) => waiting.get(id)?.(fault),
  }
}
