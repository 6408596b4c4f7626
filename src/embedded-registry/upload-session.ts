/** An upload that is being written to: its lock, its file, and the hash of what it holds already. */
import { createHash, type Hash } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, open, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { RequestError } from '../errors/request-error.js'
import { makeFolders } from '../files/make-folders.js'
import { canonicalAlgorithm, type DigestAlgorithm } from './digest.js'
import { isMissing, unlessMissing } from './durable-file.js'
import { isStoredUploadId } from './layout.js'
import type { Store } from './store.js'
import { lockUpload } from './upload-lock.js'

export interface UploadSession {
  readonly id: string
  readonly folder: string
  readonly dataPath: string
  readonly file: FileHandle
  /** Bytes that earlier requests left. */
  readonly size: number
  /** Closes the file and gives the lock back. */
  close(): Promise<void>
}

const dataPathOf = (folder: string): string => join(folder, 'data')
export const startedAtPathOf = (folder: string): string => join(folder, 'startedat')

/** Makes an empty upload and returns its id. */
export async function createUpload(store: Store, repository: string): Promise<string> {
  const id = store.newUploadId()
  const folder = store.layout.upload(repository, id)
  try {
    await makeFolders(folder)
    // RFC 3339 in whole seconds, as distribution writes and parses it.
    await writeFile(
      startedAtPathOf(folder),
      store
        .now()
        .toISOString()
        .replace(/\.\d+Z$/, 'Z'),
    )
    await writeFile(dataPathOf(folder), '')
  } catch (error) {
    await discardUpload(store, folder)
    throw error
  }
  return id
}

/** @throws RequestError upload-unknown */
export async function uploadFolder(store: Store, repository: string, id: string): Promise<string> {
  if (!isStoredUploadId(id)) throw new RequestError('upload-unknown')
  const folder = store.layout.upload(repository, id)
  if ((await unlessMissing(stat(startedAtPathOf(folder)))) === null) throw new RequestError('upload-unknown')
  return folder
}

/** Bytes received so far. */
export async function uploadedBytes(folder: string): Promise<number> {
  return (await unlessMissing(stat(dataPathOf(folder))))?.size ?? 0
}

/** @throws RequestError upload-unknown, upload-busy */
export async function openUpload(store: Store, repository: string, id: string): Promise<UploadSession> {
  const folder = await uploadFolder(store, repository, id)
  const dataPath = dataPathOf(folder)
  const unlock = await lockUpload(store.layout.lock(id))
  try {
    const file = await open(dataPath, constants.O_RDWR | constants.O_CREAT, 0o644)
    const close = async () => {
      try {
        await file.close()
      } finally {
        await unlock()
      }
    }
    try {
      return { id, folder, dataPath, file, size: (await file.stat()).size, close }
    } catch (error) {
      await file.close()
      throw error
    }
  } catch (error) {
    await unlock()
    throw isMissing(error) ? new RequestError('upload-unknown') : error
  }
}

export async function discardUpload(store: Store, folder: string): Promise<void> {
  store.hashes.delete(dataPathOf(folder))
  // A request that is just ending may still add to the folder.
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
}

/** The hash over all that the file holds, if this process has it in hand; it is then the caller's alone. */
export async function recallHash(store: Store, session: UploadSession): Promise<Hash | null> {
  if (session.size === 0) return createHash(canonicalAlgorithm)
  const known = store.hashes.get(session.dataPath)
  store.hashes.delete(session.dataPath)
  if (known === undefined) return null
  const file = await session.file.stat({ bigint: true })
  const same = file.size === known.size && file.ino === known.inode && file.mtimeNs === known.modified
  return same ? known.hash : null
}

/** Keeps the hash for the next request of this upload. */
export async function rememberHash(store: Store, session: UploadSession, hash: Hash): Promise<void> {
  const { size, ino: inode, mtimeNs: modified } = await session.file.stat({ bigint: true })
  store.hashes.set(session.dataPath, { hash, size, inode, modified })
}

/** Hashes the file from its first byte to its last. */
export async function hashFile(
  file: FileHandle,
  algorithms: readonly DigestAlgorithm[],
): Promise<Map<DigestAlgorithm, Hash>> {
  const hashes = new Map(algorithms.map(algorithm => [algorithm, createHash(algorithm)]))
  const block = Buffer.allocUnsafeSlow(512 * 1024)
  for (let position = 0; ; ) {
    const { bytesRead } = await file.read(block, 0, block.length, position)
    if (bytesRead === 0) return hashes
    for (const hash of hashes.values()) hash.update(block.subarray(0, bytesRead))
    position += bytesRead
  }
}
