/** `_catalog` with only what the one who asks may pull: page by page, however many of them the backend has. */
import { z } from 'zod'
import { RequestError } from '../errors/request-error.js'
import type { BackendReply } from '../forward/ask.js'
import { headersForResponse } from '../routes/headers.js'
import type { Passed } from './answer.js'
import { askBackend } from './backend-plan.js'
import type { Exchange } from './exchange.js'
import type { Gateway } from './handle-request.js'
import { apiVersion, respond } from './respond.js'

/** The most that a page of distribution 2.8 may have: the fewest questions for a whole catalog. */
const pageSize = 1000

/** Of one page of the backend: thousands of names of the greatest length. */
const mostBytes = 8 * 1024 * 1024

interface Page {
  readonly repositories: readonly string[]
  /** Whether the backend has more behind it. */
  readonly more: boolean
}

/**
 * The page has as many names as the backend's own would have, and a Link where one more name would follow. Whatever the backend refuses
 * (an invalid `n`) is refused in its words. Only one page of the backend is held at a time.
 */
export async function answerFilteredCatalog(
  gateway: Pick<Gateway, 'forwarder' | 'backendLogin'>,
  exchange: Exchange,
  passed: Passed,
  shows: (repository: string) => boolean,
): Promise<void> {
  const ask = (target: string) =>
    askBackend(gateway, exchange, passed, { method: 'GET', target, accept: 'application/json', mostBytes })
  const first = await ask(passed.path.target)
  if (first.status !== 200) return relay(exchange, passed, first)
  const asked = readPage(first)
  const size = asked.repositories.length
  const shown: string[] = []
  for await (const name of namesFrom(asked, ask)) {
    if (exchange.response.destroyed) return
    if (shows(name)) shown.push(name)
    if (shown.length > size) break
  }
  const repositories = shown.slice(0, size)
  const last = repositories.at(-1)
  const link = last === undefined || shown.length <= size ? [] : [{ name: 'Link', value: linkBehind(last, size) }]
  const headers = [{ name: 'Content-Type', value: 'application/json; charset=utf-8' }, apiVersion, ...link]
  const body = `${JSON.stringify({ repositories })}\n`
  respond(exchange.request, exchange.response, { status: 200, headers, body }, added(passed, 200))
}

/** The names of the first page, and then of all that the backend has behind it. */
async function* namesFrom(first: Page, ask: (target: string) => Promise<BackendReply>): AsyncGenerator<string> {
  let page = first
  let n = pageSize
  for (;;) {
    yield* page.repositories
    const last = page.repositories.at(-1)
    if (!page.more || last === undefined) return
    let reply = await ask(`/v2/_catalog?${new URLSearchParams({ n: String(n), last })}`)
    if (reply.status === 400 && n > first.repositories.length) {
      // It allows fewer names than usual; so many it has given already.
      n = first.repositories.length
      reply = await ask(`/v2/_catalog?${new URLSearchParams({ n: String(n), last })}`)
    }
    if (reply.status !== 200) throw new RequestError('backend-answer-invalid')
    page = readPage(reply)
    // One that knows no `last` would begin anew for ever.
    if (page.repositories.some(name => name <= last)) throw new RequestError('backend-answer-invalid')
  }
}

const catalog = z.object({ repositories: z.array(z.string()).nullable() })

/** @throws RequestError where the answer is no catalog: nothing may be shown that cannot be judged */
function readPage({ headers, body }: BackendReply): Page {
  let content: unknown
  try {
    content = JSON.parse(body.toString('utf8'))
  } catch (cause) {
    throw new RequestError('backend-answer-invalid', { cause })
  }
  const read = catalog.safeParse(content)
  if (!read.success) throw new RequestError('backend-answer-invalid', { cause: read.error })
  return { repositories: read.data.repositories ?? [], more: headers.link !== undefined }
}

const linkBehind = (last: string, n: number) =>
  `</v2/_catalog?${new URLSearchParams({ last, n: String(n) })}>; rel="next"`

/** The backend's refusal, in its own words. */
function relay(exchange: Exchange, passed: Passed, { status, headers, body }: BackendReply): void {
  const type = headers['content-type']
  const lines = [...(type === undefined ? [] : [{ name: 'Content-Type', value: type }]), apiVersion]
  const answer = { status, headers: lines, body: body.toString('utf8') }
  respond(exchange.request, exchange.response, answer, added(passed, status))
}

const added = ({ decision, variables }: Passed, status: number) => headersForResponse(decision, variables, status, [])
