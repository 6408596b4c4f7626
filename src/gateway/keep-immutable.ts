/** Immutable tags: nobody moves them to another digest, and nobody takes them away, whatever the rules allow. */
import { z } from 'zod'
import { immutableBy, inRepository } from '../access/immutable.js'
import type { ImmutableTags } from '../access/model.js'
import { RequestError } from '../errors/request-error.js'
import type { Operation } from '../registry-api/operation.js'
import type { Passed } from './answer.js'
import { askBackend } from './backend-plan.js'
import type { Exchange } from './exchange.js'
import type { Gateway } from './handle-request.js'
import { namedDigest } from './named-digest.js'
import { operationRefused } from './refuse-operation.js'
import { isUnknownWrite } from './unknown-write.js'

/** @returns for each tag of a repository: throws RequestError that names tag and pattern, where the tag is immutable */
export function requireMutable(immutable: readonly ImmutableTags[], repository: string): (tag: string) => void {
  const immutableAs = immutableBy(immutable, repository)
  return tag => {
    const found = immutableAs(tag)
    if (found === null) return
    throw new RequestError('tag-immutable', {
      message: `tag ${tag} of ${repository} is immutable: "${found.text}" in ${found.where}`,
      detail: { repository, tag, pattern: found.text, rule: found.where },
    })
  }
}

type DeleteManifest = Extract<Operation, { repository: string }> & { readonly kind: 'delete-manifest' }

export const isDeleteManifest = (operation: Passed['path']['operation']): operation is DeleteManifest =>
  operation?.kind === 'delete-manifest'

/** Of the tags of one repository that are looked at before a digest of it is deleted. */
const mostTags = 200
/** Of a list of tags. */
const mostBytes = 4 * 1024 * 1024

/**
 * Asks the backend which immutable tags would go with a digest: a registry takes every tag away that names it.
 * @throws RequestError where there is one, or where that cannot be told
 */
export async function judgeDelete(
  gateway: Pick<Gateway, 'forwarder' | 'backendLogin' | 'immutable'>,
  exchange: Exchange,
  passed: Passed,
  operation: DeleteManifest,
): Promise<void> {
  const { immutable } = gateway
  const { repository, reference } = operation
  if (reference === null || inRepository(immutable, repository).length === 0) return
  const requireHere = requireMutable(immutable, repository)
  if (!reference.includes(':')) return requireHere(reference)
  // The gate's own login at the backend, where it has one, is then one that may read.
  const reading = {
    ...passed,
    path: { ...passed.path, operation: { ...operation, kind: 'list-tags', actions: ['pull'] } },
  } as const
  const immutableAs = immutableBy(immutable, repository)
  const tags = await tagsOf(gateway, exchange, reading, repository, tag => immutableAs(tag) !== null)
  if (tags.length > mostTags)
    throw new RequestError('tag-immutable', {
      message: `${repository} has more than ${mostTags} immutable tags, too many to see whether one of them names this digest`,
    })
  for (const tag of tags) {
    if (exchange.response.destroyed) return
    const named = await namedDigest(gateway, exchange, reading, repository, tag)
    if (named === reference) requireHere(tag)
  }
}

/** @throws RequestError for what may move or delete a tag without our knowing */
export function refuseUnjudged(immutable: readonly ImmutableTags[], { view, path: { operation } }: Passed): void {
  if (immutable.length === 0 || !isUnknownWrite(view, operation)) return
  if (operation?.kind === 'refused') throw operationRefused(operation)
  throw new RequestError('denied', { message: 'immutable tags cannot be kept in what this location makes of the path' })
}

const list = z.object({ tags: z.array(z.string()).nullish() })

/** Those that are wanted; page by page, so that others are served meanwhile. */
async function tagsOf(
  gateway: Pick<Gateway, 'forwarder' | 'backendLogin'>,
  exchange: Exchange,
  passed: Passed,
  repository: string,
  isWanted: (tag: string) => boolean,
): Promise<readonly string[]> {
  const found = new Set<string>()
  const wanted: string[] = []
  let last: string | undefined
  for (;;) {
    const from = last === undefined ? '' : `&${new URLSearchParams({ last })}`
    const target = `/v2/${repository}/tags/list?n=1000${from}`
    const question = { method: 'GET', target, accept: 'application/json', mostBytes } as const
    const { status, headers, body } = await askBackend(gateway, exchange, passed, question)
    if (status === 404 || exchange.response.destroyed) return wanted
    const tags = status === 200 ? readTags(body) : null
    // One that knows no `last` would begin anew for ever.
    if (tags === null || tags.some(tag => found.has(tag)))
      throw new RequestError('backend-answer-invalid', { cause: new Error(`status ${status} for the list of tags`) })
    for (const tag of tags) found.add(tag)
    wanted.push(...tags.filter(isWanted))
    last = tags.at(-1)
    if (headers.link === undefined || last === undefined) return wanted
  }
}

function readTags(body: Buffer): readonly string[] | null {
  try {
    const read = list.safeParse(JSON.parse(body.toString('utf8')))
    return read.success ? (read.data.tags ?? []) : null
  } catch {
    return null
  }
}
