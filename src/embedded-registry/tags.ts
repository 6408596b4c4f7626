/** Tags of a repository: which there are, and to which manifest each points. */

import { readdir, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { RequestError } from '../errors/request-error.js'
import { systemCode } from '../files/system-code.js'
import { isTag } from '../registry-api/names.js'
import type { Digest } from './digest.js'
import { makeFolder, removeFolder, syncFolder, temporaryPath, unlessMissing, writeSynced } from './durable-file.js'
import { type Exchange, sendJson } from './exchange.js'
import { currentLinkOf, indexLinkOf } from './layout.js'
import { readLink, writeLink } from './links.js'
import { linkToNext, pageOf } from './page.js'
import type { Store } from './store.js'

/** GET tags/list, in ASCII order; without `n` all of them, as registry:2. */
export async function listTags(store: Store, { response, repository, query }: Exchange): Promise<void> {
  const page = pageOf(query, { fallback: Number.POSITIVE_INFINITY, max: Number.POSITIVE_INFINITY })
  const all = await tagsOf(store, repository)
  if (all === null) throw new RequestError('name-unknown', { detail: { name: repository } })
  const behind = all.filter(tag => tag > page.last)
  const tags = behind.slice(0, page.size)
  const next = linkToNext(`/v2/${repository}/tags/list`, page, tags, behind.length > tags.length)
  sendJson(response, { name: repository, tags }, next)
}

/** Sorted; null when nothing was ever tagged here. */
export async function tagsOf(store: Store, repository: string): Promise<readonly string[] | null> {
  const names = await unlessMissing(readdir(store.layout.tags(repository)))
  return names === null ? null : names.filter(isTag).sort()
}

/** null when there is no such tag. */
export function readTag(store: Store, repository: string, tag: string): Promise<Digest | null> {
  return readLink(currentLinkOf(store.layout.tag(repository, tag)))
}

/**
 * Points the tag to a manifest. A new tag appears with all its files in one step, so a listed tag can always be read.
 * @param before what the tag named when it was judged
 * @param judge called again if another request has made the tag since; nothing changes if it throws
 * @returns what the tag named until now
 */
export async function writeTag(
  { layout }: Store,
  repository: string,
  tag: string,
  target: Digest,
  before: Digest | null,
  judge: (before: Digest) => void,
): Promise<Digest | null> {
  const folder = layout.tag(repository, tag)
  if ((await readLink(currentLinkOf(folder))) === null && (await createTag(layout.temporary, folder, target)))
    return before
  const met = before ?? (await readLink(currentLinkOf(folder)))
  if (before === null && met !== null) judge(met)
  // It names the digest already, which needs no right to overwrite: a move by another request in the meantime stays.
  if (met?.text === target.text) return met
  await writeLink(layout, indexLinkOf(folder, target), target)
  await writeLink(layout, currentLinkOf(folder), target)
  return met
}

/** False when the folder is there already. */
async function createTag(temporary: string, folder: string, target: Digest): Promise<boolean> {
  const draft = temporaryPath(temporary)
  try {
    await makeFolder(draft)
    for (const link of [indexLinkOf(draft, target), currentLinkOf(draft)]) {
      await makeFolder(dirname(link))
      await writeSynced(link, target.text)
      await syncFolder(dirname(link))
    }
    await makeFolder(dirname(folder))
    await rename(draft, folder)
    await syncFolder(dirname(folder))
    return true
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    if (systemCode(error) === 'ENOTEMPTY' || systemCode(error) === 'EEXIST') return false
    throw error
  }
}

/** False when there was no such tag. */
export function removeTag({ layout }: Store, repository: string, tag: string): Promise<boolean> {
  return removeFolder(layout.temporary, layout.tag(repository, tag))
}
