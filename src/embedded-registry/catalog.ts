/**
 * GET _catalog: the repositories in ASCII order, those that may be shown; only the folders that a page needs are
 * read. (decision G1)
 */
import { readdir } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { countEntries, nextTurn } from '../concurrency/slices.js'
import { isRepositoryName } from '../registry-api/names.js'
import type { VisibleRepositories } from '../registry-api/rules.js'
import { unlessMissing } from './durable-file.js'
import { sendJson } from './exchange.js'
import type { Layout } from './layout.js'
import { linkToNext, pageOf } from './page.js'

/** Both numbers are registry:2's. */
const limits = { fallback: 100, max: 1000 }

/** @param visible which repositories are listed; folders below which there is none are not read */
export async function listRepositories(
  layout: Layout,
  response: ServerResponse,
  query: URLSearchParams,
  visible: VisibleRepositories,
): Promise<void> {
  const page = pageOf(query, limits)
  const repositories: string[] = []
  let more = false
  for await (const name of repositoriesBehind(layout, page.last, visible)) {
    more = repositories.length >= page.size
    if (more || response.destroyed) break
    repositories.push(name)
  }
  sendJson(response, { repositories }, linkToNext('/v2/_catalog', page, repositories, more))
}

/** Names of one folder; sorting more than these takes a turn of the event loop for itself. */
const sortedAtOnce = 1_000

interface Folder {
  /** One with nothing but unfinished uploads, or only other repositories in it, is none. */
  readonly isRepository: boolean
  /** The names of the folders in it. */
  readonly segments: readonly string[]
}

/**
 * A repository and what lies below it are two entries, `team` and `team/`, because `team-b` sorts between them. The folder of each is read
 * once, and the event loop turns also where many names are passed over without reading anything.
 */
function repositoriesBehind(layout: Layout, last: string, visible: VisibleRepositories): AsyncGenerator<string> {
  const sliceEnds = countEntries()
  const readBefore = new Map<string, Folder>()

  /** @param name of the folder, '' for that of all repositories */
  async function segmentsIn(name: string): Promise<readonly string[]> {
    const candidates = visible.below(name)
    if (candidates !== 'any') return [...candidates]
    const folder = readBefore.get(name) ?? (await readFolder(layout, name))
    readBefore.delete(name)
    return folder?.segments ?? []
  }

  async function* walk(name: string): AsyncGenerator<string> {
    const prefix = name === '' ? '' : `${name}/`
    const segments = await segmentsIn(name)
    if (segments.length > sortedAtOnce) await nextTurn()
    const names = segments.map(segment => prefix + segment).filter(isRepositoryName)
    for (const entry of names.flatMap(each => [each, `${each}/`]).sort()) {
      if (sliceEnds()) await nextTurn()
      if (entry.endsWith('/')) {
        if (entry > last || last.startsWith(entry)) yield* walk(entry.slice(0, -1))
      } else if (entry > last && visible.shows(entry)) {
        const folder = await readFolder(layout, entry)
        if (folder !== null) readBefore.set(entry, folder)
        if (folder?.isRepository) yield entry
      }
    }
  }
  return walk('')
}

/** null where it is not there. */
async function readFolder(layout: Layout, name: string): Promise<Folder | null> {
  const entries = await unlessMissing(readdir(join(layout.repositories, name), { withFileTypes: true }))
  if (entries === null) return null
  return {
    isRepository: entries.some(entry => entry.name === '_layers' || entry.name === '_manifests'),
    segments: entries.filter(entry => entry.isDirectory()).map(entry => entry.name),
  }
}
