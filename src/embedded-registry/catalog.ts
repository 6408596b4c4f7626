/** GET _catalog: the repositories in ASCII order, those that may be shown; only the folders that a page needs are read. */
import { readdir, stat } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { isRepositoryName } from '../registry-api/names.js'
import { unlessMissing } from './durable-file.js'
import { sendJson } from './exchange.js'
import type { Layout } from './layout.js'
import { linkToNext, pageOf } from './page.js'

/** Both numbers are registry:2's. */
const limits = { fallback: 100, max: 1000 }

export async function listRepositories(
  layout: Layout,
  response: ServerResponse,
  query: URLSearchParams,
  shows: (repository: string) => boolean,
): Promise<void> {
  const page = pageOf(query, limits)
  const repositories: string[] = []
  let more = false
  for await (const name of repositoriesBehind(layout, page.last, '')) {
    if (!shows(name)) continue
    more = repositories.length >= page.size
    if (more) break
    repositories.push(name)
  }
  sendJson(response, { repositories }, linkToNext('/v2/_catalog', page, repositories, more))
}

/**
 * Walks the folder of `prefix` (empty, or with a slash at its end). A repository and what lies below it are two entries,
 * `team` and `team/`, because `team-b` sorts between them.
 */
async function* repositoriesBehind(layout: Layout, last: string, prefix: string): AsyncGenerator<string> {
  const folders = await unlessMissing(readdir(join(layout.repositories, prefix), { withFileTypes: true }))
  const names = (folders ?? []).filter(entry => entry.isDirectory()).map(entry => prefix + entry.name)
  const entries = names.filter(isRepositoryName).flatMap(name => [name, `${name}/`])
  for (const entry of entries.sort()) {
    if (!entry.endsWith('/')) {
      if (entry > last && (await isRepository(layout, entry))) yield entry
    } else if (entry > last || last.startsWith(entry)) {
      yield* repositoriesBehind(layout, last, entry)
    }
  }
}

/** A folder with nothing but unfinished uploads, or only other repositories in it, is none. */
async function isRepository(layout: Layout, name: string): Promise<boolean> {
  for (const part of ['_layers', '_manifests']) {
    if ((await unlessMissing(stat(join(layout.repository(name), part)))) !== null) return true
  }
  return false
}
