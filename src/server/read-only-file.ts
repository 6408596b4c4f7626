/**
 * The switch of the read-only mode: a file in the state folder. That it is there counts; its text is the reason.
 * (decision S4)
 */
import { constants } from 'node:fs'
import { chown, lstat, open, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFolders } from '../files/make-folders.js'
import { removePrivateFile, writePrivateFile } from '../files/private-file.js'
import { statePaths } from '../token/state-folder.js'

export type ReadOnlySight =
  | { readonly kind: 'off' }
  /** `owner`: the number of the user whose file it is. `since`: when it was written. */
  | { readonly kind: 'on'; readonly reason: string | null; readonly owner: number; readonly since: Date }
  /** Nobody can say whether it is there; with the system's code. */
  | { readonly kind: 'unknown'; readonly error: string }

/** @param dataFolder the value of --data */
export const readOnlyFile = (dataFolder: string): string => join(statePaths(dataFolder).folder, 'read-only')

/** In characters; it stands in an answer and in a line of the log. */
export const maxReason = 200
const maxBytes = 4 * maxReason

/** Anything under that name counts, with any owner and mode. Never rejects. */
export async function lookAtReadOnly(file: string): Promise<ReadOnlySight> {
  try {
    const { uid: owner, mtime: since } = await lstat(file)
    const reason = await readReason(file)
    // It may have gone between the two looks, and nothing is a reason.
    if (reason === null) await lstat(file)
    return { kind: 'on', reason, owner, since }
  } catch (fault) {
    const error = fault instanceof Error && 'code' in fault ? String(fault.code) : String(fault)
    return error === 'ENOENT' || error === 'ENOTDIR' ? { kind: 'off' } : { kind: 'unknown', error }
  }
}

/** The first line that says something, without what a terminal would obey; null where there is none or it cannot be read. */
async function readReason(file: string): Promise<string | null> {
  // A pipe must not hold the process that opens it.
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK).catch(() => null)
  try {
    const read = await handle?.read(Buffer.alloc(maxBytes), 0, maxBytes, 0)
    return read === undefined ? null : reasonIn(read.buffer.toString('utf8', 0, read.bytesRead))
  } catch {
    return null
  } finally {
    await handle?.close()
  }
}

/** The first line of a text that says something, as one plain line of bounded length; null where there is none. */
export function reasonIn(text: string): string | null {
  const lines = text.split(/[\r\n]+/).map(line => line.replace(/[\p{C}\p{Z}]+/gu, ' ').trim())
  const [first] = lines.filter(line => line !== '')
  return first === undefined ? null : [...first].slice(0, maxReason).join('').trimEnd()
}

/**
 * Makes the registry read-only, or gives another reason. Rejects with the error of the system. Where root makes the state folder, whose
 * the data folder is gets it: a gate that is not root has to see what is in it.
 */
export async function writeReadOnly(dataFolder: string, reason: string | null): Promise<void> {
  const { folder } = statePaths(dataFolder)
  const made = await makeFolders(folder, 0o700)
  if (made.length > 0 && process.getuid?.() === 0) {
    const { uid, gid } = await stat(dataFolder)
    await chown(folder, uid, gid)
  }
  // Not for us alone: another gate may run as another user, and clients are told anyway.
  await writePrivateFile(readOnlyFile(dataFolder), reason === null ? '' : `${reason}\n`, { mode: 0o644 })
}

/** False where it was writable already. Rejects with the error of the system. */
export function removeReadOnly(dataFolder: string): Promise<boolean> {
  return removePrivateFile(readOnlyFile(dataFolder))
}
