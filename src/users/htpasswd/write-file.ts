/** Gives a file another content: by rename, so that readers see the old or the new whole; in place where that is impossible. */

import { randomBytes } from 'node:crypto'
import type { Stats } from 'node:fs'
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { systemCode } from '../../files/system-code.js'

/** `in-place`: a reader could have seen the end of the old content behind the new one, for a moment. */
export type Way = 'renamed' | 'in-place'

/**
 * A single file mounted into a container cannot be renamed to (EBUSY), a folder may be closed to us (EACCES, EPERM, EROFS), and only
 * root may give a new file the old owner (EPERM).
 */
const needsInPlace = new Set(['EBUSY', 'EXDEV', 'EACCES', 'EPERM', 'EROFS'])

/**
 * `file` is no link. A new file has mode 0600; an existing one keeps its mode and owner. On the disk when it returns. `confirm` is
 * called just before the change and may throw to prevent it. Throws the system's error, and the file is as it was before.
 */
export async function writeContent(file: string, content: Uint8Array, confirm: () => Promise<void>): Promise<Way> {
  const former = await statOf(file)
  const fresh = join(dirname(file), `.${basename(file)}.${randomBytes(6).toString('hex')}.new`)
  try {
    await writeFresh(fresh, content, former)
    await confirm()
    await rename(fresh, file)
    await syncFolder(dirname(file))
    return 'renamed'
  } catch (fault) {
    await rm(fresh, { force: true }).catch(() => undefined)
    if (former === null || !needsInPlace.has(systemCode(fault) ?? '')) throw fault
  }
  await confirm()
  await overwrite(file, content)
  return 'in-place'
}

function statOf(file: string): Promise<Stats | null> {
  return stat(file).catch(fault => {
    if (systemCode(fault) === 'ENOENT') return null
    throw fault
  })
}

async function writeFresh(fresh: string, content: Uint8Array, former: Stats | null): Promise<void> {
  const handle = await open(fresh, 'wx', 0o600)
  try {
    const { uid, gid } = await handle.stat()
    if (former !== null && (former.uid !== uid || former.gid !== gid)) await handle.chown(former.uid, former.gid)
    await handle.chmod(former === null ? 0o600 : former.mode & 0o7777)
    await handle.writeFile(content)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** The new content over the old one, then the end cut off: the file is at no time empty. */
async function overwrite(file: string, content: Uint8Array): Promise<void> {
  const handle = await open(file, 'r+')
  try {
    const old = await handle.readFile()
    try {
      await put(handle, content)
    } catch (fault) {
      // A full disk: what was there needs no more room than it had.
      await put(handle, old).catch(() => undefined)
      throw fault
    }
  } finally {
    await handle.close()
  }
}

async function put(handle: FileHandle, content: Uint8Array): Promise<void> {
  for (let done = 0; done < content.length; ) {
    done += (await handle.write(content, done, content.length - done, done)).bytesWritten
  }
  await handle.truncate(content.length)
  await handle.sync()
}

/** Puts the new name on the disk too; systems that cannot do it for folders do without. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => null)
  await handle?.sync().catch(() => undefined)
  await handle?.close()
}
