/** Files that are there whole or not at all, and still there after the power fails: temporary file, sync, rename, sync of the folder. */

import { randomUUID } from 'node:crypto'
import { open, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { makeFolders } from '../files/make-folders.js'
import { systemCode } from '../files/system-code.js'

/** A file or folder on the way does not exist (ENOTDIR: a file stands where a folder was expected). */
export const isMissing = (error: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')

/** What a failed write says of the storage, by the code of the system. */
const storageFaults: ReadonlyMap<string, 'storage-full' | 'storage-unwritable'> = new Map([
  ['ENOSPC', 'storage-full'],
  ['EDQUOT', 'storage-full'],
  ['EFBIG', 'storage-full'],
  ['EROFS', 'storage-unwritable'],
  ['EACCES', 'storage-unwritable'],
  ['EPERM', 'storage-unwritable'],
  ['EIO', 'storage-unwritable'],
])

/** The refusal for an error of a write; null where the error says nothing of the storage. */
export const storageFault = (error: unknown): 'storage-full' | 'storage-unwritable' | null =>
  storageFaults.get(systemCode(error) ?? '') ?? null

/** Resolves to null when what `read` looks for does not exist. */
export async function unlessMissing<T>(read: Promise<T>): Promise<T | null> {
  try {
    return await read
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

/** A name in the temporary folder that nobody else uses. */
export const temporaryPath = (temporary: string): string => join(temporary, randomUUID())

export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** Creates a folder and those above it, each synced into its parent. */
export async function makeFolder(path: string): Promise<void> {
  // A folder that has gone meanwhile is made again when it is needed.
  for (const made of await makeFolders(path)) await unlessMissing(syncFolder(dirname(made)))
}

/** Writes a new file and syncs it, not yet its folder. */
export async function writeSynced(path: string, content: string | Uint8Array): Promise<void> {
  const file = await open(path, 'wx', 0o644)
  try {
    await file.writeFile(content)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Each time another request has removed the folder in between: it cannot go on for long. */
const maxAttempts = 100

/**
 * Moves a synced file to its place, over whatever is there. A delete at the same moment may remove the folder: where that comes before the
 * file it is made again, where it comes after it the file has been there, and is deleted.
 */
export async function moveIntoPlace(from: string, to: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await rename(from, to)
      break
    } catch (error) {
      if (systemCode(error) !== 'ENOENT' || attempt === maxAttempts) throw error
      // Not the folder is missing but the file.
      if ((await unlessMissing(stat(from))) === null) throw error
    }
    await makeFolder(dirname(to))
  }
  await unlessMissing(syncFolder(dirname(to)))
}

/** Puts `content` at `path` in one step; when that fails, nothing is left behind. */
export async function replaceFile(temporary: string, path: string, content: string | Uint8Array): Promise<void> {
  await makeFolder(temporary)
  const draft = temporaryPath(temporary)
  try {
    await writeSynced(draft, content)
    await moveIntoPlace(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}

/** Takes a folder away in one step, then deletes it. False when it was not there. */
export async function removeFolder(temporary: string, path: string): Promise<boolean> {
  await makeFolder(temporary)
  const grave = temporaryPath(temporary)
  const moved = await unlessMissing(rename(path, grave).then(() => true))
  if (moved === null) return false
  await syncFolder(dirname(path))
  await rm(grave, { recursive: true, force: true })
  return true
}
