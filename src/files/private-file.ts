/** Writes files that only we may read, and that are there whole or not at all, even after the power fails. */
import { randomUUID } from 'node:crypto'
import { link, open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { makeFolders } from './make-folders.js'

export interface WriteOptions {
  /** 0600 unless another one is given. */
  readonly mode?: number
  /** A file that is there already stays as it is. */
  readonly exclusive?: boolean
}

/** Makes the folder (0700) where it is missing, and those above it as usual; an existing folder keeps its mode. */
export async function makePrivateFolder(folder: string): Promise<void> {
  await makeFolders(dirname(folder))
  await makeFolders(folder, 0o700)
}

/**
 * Puts `content` at `path`, in a folder that exists. False where `exclusive` was asked for and the file exists. Rejects with the
 * error of the system, and then nothing is left behind.
 */
export async function writePrivateFile(path: string, content: string, options: WriteOptions = {}): Promise<boolean> {
  const { mode = 0o600, exclusive = false } = options
  const draft = join(dirname(path), `.${randomUUID()}`)
  try {
    const handle = await open(draft, 'wx', mode)
    try {
      await handle.chmod(mode)
      await handle.writeFile(content)
      await handle.sync()
    } finally {
      await handle.close()
    }
    if (exclusive && !(await linkNew(draft, path))) return false
    if (!exclusive) await rename(draft, path)
    await syncFolder(dirname(path))
    return true
  } finally {
    await rm(draft, { force: true })
  }
}

/** False where there was nothing to remove. */
export async function removePrivateFile(path: string): Promise<boolean> {
  try {
    await rm(path)
  } catch (fault) {
    if (fault instanceof Error && 'code' in fault && fault.code === 'ENOENT') return false
    throw fault
  }
  await syncFolder(dirname(path))
  return true
}

/** Of two programs that try, one has it; a rename would let the second one win over the first. */
async function linkNew(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path)
    return true
  } catch (fault) {
    if (fault instanceof Error && 'code' in fault && fault.code === 'EEXIST') return false
    throw fault
  }
}

/** Puts the new name on the disk too; systems that cannot do it for folders do without. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => null)
  await handle?.sync().catch(() => undefined)
  await handle?.close()
}
