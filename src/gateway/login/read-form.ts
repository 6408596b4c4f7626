/** Reads the form of a token request, which is small and comes at once, or is refused. */
import type { IncomingMessage } from 'node:http'
import { RequestError } from '../../errors/request-error.js'
import { readTokenForm } from '../../token/token-request.js'

/**
 * @param timeoutMs for the whole form: a slower client only holds the connection
 * @throws RequestError 'too-slow', 'body-too-large', or 'bad-request' where the client leaves in the middle
 */
export async function readForm(request: IncomingMessage, timeoutMs: number): Promise<string> {
  let late: NodeJS.Timeout | undefined
  const tooSlow = new Promise<never>((_, reject) => {
    const refuse = () => reject(new RequestError('too-slow', { message: 'the form took too long to arrive' }))
    late = setTimeout(refuse, timeoutMs)
  })
  try {
    // What is refused in its middle still gets its answer.
    return await Promise.race([readTokenForm(request.iterator({ destroyOnReturn: false })), tooSlow])
  } catch (error) {
    if (error instanceof RequestError) throw error
    throw new RequestError('bad-request', { message: 'the form broke off', cause: error })
  } finally {
    clearTimeout(late)
  }
}
