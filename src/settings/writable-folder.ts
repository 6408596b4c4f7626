/** Whether a folder can be written to, or be made where it does not exist yet. */
import { accessSync, constants, type Stats, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

/** What is in the way, as a clause that names the path at fault (`data is a file and not a folder`); null where nothing is. */
export function reasonAgainstWriting(folder: string): string | null {
  const stats = statOf(folder)
  if (stats === null) {
    const parent = dirname(folder)
    return resolve(parent) === resolve(folder) ? null : reasonAgainstWriting(parent)
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

/** Null where nothing stands, or nothing that this user may see. */
function statOf(path: string): Stats | null {
  try {
    return statSync(path)
  } catch {
    return null
  }
}
