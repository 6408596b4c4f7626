/** Checks whether a folder can be written to, or created if it does not exist. */
import { accessSync, constants, type Stats, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

/** The reason why it cannot, as a clause that names the path (`data is a file and not a folder`); null if it can. */
export function notWritableReason(folder: string): string | null {
  const stats = statOf(folder)
  if (stats === null) {
    const parent = dirname(folder)
    return resolve(parent) === resolve(folder) ? null : notWritableReason(parent)
  }
  if (!stats.isDirectory()) return `${folder} is a file and not a folder`
  try {
    accessSync(folder, constants.W_OK | constants.X_OK)
    return null
  } catch (error) {
    const readOnly = error instanceof Error && 'code' in error && error.code === 'EROFS'
    const name = folder === '.' ? 'the current folder' : folder
    return readOnly ? `${name} is on a read-only file system` : `this user may not write to ${name}`
  }
}

/** Null if the path does not exist, or this user may not see it. */
function statOf(path: string): Stats | null {
  try {
    return statSync(path)
  } catch {
    return null
  }
}
