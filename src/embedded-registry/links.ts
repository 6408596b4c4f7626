/** Link files: a repository owns a blob or manifest by a file that names its digest. (decision G6) */

import { readFile, rmdir, stat, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { systemCode } from '../files/system-code.js'
import { canonicalAlgorithm, type Digest, readDigest } from './digest.js'
import { replaceFile, syncFolder, unlessMissing } from './durable-file.js'
import type { Layout } from './layout.js'

/** Where the link of a digest stands: Layout.layerLink or Layout.revisionLink of one repository. */
export type LinkPath = (digest: Digest) => string

/** The digest a link file names; null when the file is missing or holds none. */
export async function readLink(path: string): Promise<Digest | null> {
  const text = await unlessMissing(readFile(path, 'utf8'))
  return text === null ? null : readDigest(text.trim())
}

/** Writes the link unless it is already there. */
export async function writeLink(layout: Layout, path: string, target: Digest): Promise<void> {
  if ((await readLink(path))?.text === target.text) return
  await replaceFile(layout.temporary, path, target.text)
}

/** Links a stored blob under its canonical digest, and under the digest the client named where that is another one. */
export async function writeLinks(layout: Layout, pathOf: LinkPath, canonical: Digest, named: Digest): Promise<void> {
  await writeLink(layout, pathOf(canonical), canonical)
  if (named.text !== canonical.text) await writeLink(layout, pathOf(named), canonical)
}

/**
 * Follows a link to the digest under which the content is stored, as distribution does for sha512. An alias lives no
 * longer than the canonical link beside it.
 * @returns null when the repository does not own it
 */
export async function followLink(pathOf: LinkPath, digest: Digest): Promise<Digest | null> {
  const target = await readLink(pathOf(digest))
  if (target === null || target.algorithm !== canonicalAlgorithm) return null
  if (target.text === digest.text) return target
  return (await readLink(pathOf(target))) === null ? null : target
}

/** Size in bytes of what the repository owns under the digest, or null. */
export async function sizeOfLinked(layout: Layout, pathOf: LinkPath, digest: Digest): Promise<number | null> {
  const target = await followLink(pathOf, digest)
  if (target === null) return null
  return (await unlessMissing(stat(layout.blob(target))))?.size ?? null
}

/** False when the repository did not own it. The content stays: other repositories may own it too. */
export async function removeLinks(pathOf: LinkPath, digest: Digest): Promise<boolean> {
  const target = await followLink(pathOf, digest)
  if (target === null) return false
  if (target.text !== digest.text) await removeLink(pathOf(digest))
  return removeLink(pathOf(target))
}

async function removeLink(path: string): Promise<boolean> {
  const folder = dirname(path)
  if ((await unlessMissing(unlink(path).then(() => true))) === null) return false
  try {
    await rmdir(folder)
    await syncFolder(dirname(folder))
  } catch (error) {
    // Somebody is linking it again at this moment, or has removed the folder already.
    if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(systemCode(error) ?? '')) throw error
  }
  return true
}
