/**
 * Requests that cost the gate much work: of each kind only a few of one user run at the same time, so that everybody
 * else gets through. (decision R13)
 */
import { createConcurrencyLimit } from '../../concurrency/concurrency-limit.js'
import { networkOf } from '../../login-limits/attempt.js'
import { type Principal, userOf } from '../login/principal.js'
import type { RequestContext } from '../request-context.js'

/** In each worker. Those that wait cost little; a hundred machines may share one account. */
const limit = createConcurrencyLimit({ maxRunning: 4, maxWaiting: 100, maxWaitMs: 30_000 })

/**
 * Does the work of a request when it is its turn, and nothing where the client has left before. Whoever has not logged in counts by address.
 * @param kind of the work: kinds do not wait for each other
 * @throws RequestError 'too-many-requests'; what `work` rejects with
 */
export async function runExpensive(
  { address, response }: Pick<RequestContext, 'address' | 'response'>,
  principal: Principal,
  kind: string,
  work: () => Promise<void>,
): Promise<void> {
  const user = userOf(principal)
  const who = user === null ? `address ${networkOf(address)}` : `user ${user}`
  const client = new AbortController()
  const leave = () => client.abort()
  if (response.destroyed) leave()
  response.once('close', leave)
  try {
    await limit.run(`${kind} ${who}`, client.signal, work)
  } finally {
    response.off('close', leave)
  }
}
