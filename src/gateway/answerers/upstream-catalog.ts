/**
 * `_catalog` with only what the one who asks may pull: page by page, however many of them the backend has.
 * (decision A4)
 */
import { z } from 'zod'
import { RequestError } from '../../errors/request-error.js'
import { readPageNumber } from '../../registry-api/page-number.js'
import { headersForResponse } from '../../routes/headers.js'
import type { BackendReply } from '../../upstream/ask.js'
import type { AuthorizedRequest } from '../model.js'
import type { RequestContext } from '../request-context.js'
import { apiVersion, respond } from '../respond.js'
import type { RegistryReader } from './upstream-reader.js'

/** The most that a page of distribution 2.8 may have: the fewest questions for a whole catalog. */
const pageSize = 1000

type Ask = RegistryReader['catalog']

interface Page {
  readonly names: readonly string[]
  /** Whether there is more behind it. */
  readonly more: boolean
}

/**
 * The page has as many names as the backend's own would have, and a Link where more may follow. An `n` above what a page may have gives
 * the largest page that there is; whatever else the backend refuses (an invalid `n`) is refused in its words. Only one page of the
 * backend is held at a time.
 */
export async function answerFilteredCatalog(
  { catalog: ask }: RegistryReader,
  shows: (repository: string) => boolean,
  context: RequestContext,
  request: AuthorizedRequest,
): Promise<void> {
  const first = await askFirst(ask, request.registryRequest)
  if (first.status !== 200) return relay(context, request, first)
  const page = readPage(first)
  const { names, more } = page.names.every(shows) ? page : await fill(page, shows, ask, context)
  if (context.response.destroyed) return
  const last = names.at(-1)
  const link = last === undefined || !more ? [] : [{ name: 'Link', value: linkBehind(last, page.names.length) }]
  const headers = [{ name: 'Content-Type', value: 'application/json; charset=utf-8' }, apiVersion, ...link]
  const body = `${JSON.stringify({ repositories: names })}\n`
  respond(context.request, context.response, { status: 200, headers, body }, added(request, 200))
}

/** The page that the client asked for, in a size that the backend allows. */
async function askFirst(ask: Ask, { target, query }: AuthorizedRequest['registryRequest']): Promise<BackendReply> {
  const parameters = new URLSearchParams(query)
  const n = readPageNumber(parameters.get('n') ?? '')
  if (n === null) return ask(target)
  if (n > pageSize) parameters.set('n', String(pageSize))
  const reply = await ask(n > pageSize ? `/v2/_catalog?${parameters}` : target)
  if (reply.status !== 400) return reply
  // It allows fewer names than were asked for: without `n` it gives as many as it likes.
  parameters.delete('n')
  return ask(`/v2/_catalog?${parameters}`)
}

/** As many names that may be shown as the first page has in all, and whether there is one more of them. */
async function fill(
  first: Page,
  shows: (repository: string) => boolean,
  ask: Ask,
  context: RequestContext,
): Promise<Page> {
  const size = first.names.length
  const shown: string[] = []
  for await (const name of namesFrom(first, ask)) {
    if (shows(name)) shown.push(name)
    if (shown.length > size || context.response.destroyed) break
  }
  return { names: shown.slice(0, size), more: shown.length > size }
}

/** The names of the first page, and then of all that the backend has behind it. */
async function* namesFrom(first: Page, ask: Ask): AsyncGenerator<string> {
  let page = first
  let n = pageSize
  const begun = new Set<string>()
  for (;;) {
    // One that knows no `last` would begin anew for ever. Which name comes behind which is the backend's own matter.
    // (decision A5)
    const [begin = ''] = page.names
    if (begun.has(begin)) throw new RequestError('backend-answer-invalid')
    begun.add(begin)
    yield* page.names
    const last = page.names.at(-1)
    if (!page.more || last === undefined) return
    let reply = await ask(`/v2/_catalog?${new URLSearchParams({ n: String(n), last })}`)
    if (reply.status === 400 && n > first.names.length) {
      // It allows fewer names than usual; so many it has given already.
      n = first.names.length
      reply = await ask(`/v2/_catalog?${new URLSearchParams({ n: String(n), last })}`)
    }
    if (reply.status !== 200) throw new RequestError('backend-answer-invalid')
    page = readPage(reply)
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
  return { names: read.data.repositories ?? [], more: headers.link !== undefined }
}

const linkBehind = (last: string, n: number) =>
  `</v2/_catalog?${new URLSearchParams({ last, n: String(n) })}>; rel="next"`

/** The backend's refusal, in its own words. */
function relay(context: RequestContext, request: AuthorizedRequest, { status, headers, body }: BackendReply): void {
  const type = headers['content-type']
  const lines = [...(type === undefined ? [] : [{ name: 'Content-Type', value: type }]), apiVersion]
  const answer = { status, headers: lines, body: body.toString('utf8') }
  respond(context.request, context.response, answer, added(request, status))
}

const added = ({ decision, variables }: AuthorizedRequest, status: number) =>
  headersForResponse(decision, variables, status, [])
