/** Makes folders one by one: Node's own recursive mkdir hides why it fails. (decision G9) */
import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Each time another process has removed the folder above in between: it cannot go on for long. */
const maxAttempts = 100

/**
 * Makes a folder and those that are missing above it; folders that are there stay as they are. The asynchronous `mkdir` with
 * `recursive: true` says ENOENT where the disk is full or read-only, ENOTDIR where a folder vanishes meanwhile, and never returns below
 * /proc (Node.js 20 to 24).
 * @returns those that were made, the topmost first
 * Rejects with the error of the system: ENOSPC, EDQUOT, EROFS, EACCES; EEXIST where a file is in the way.
 */
export async function makeFolders(folder: string, mode = 0o777): Promise<readonly string[]> {
  const made: string[] = []
  const make = async (path: string): Promise<void> => {
    for (let attempt = 1; ; attempt++) {
      try {
        await mkdir(path, mode)
        made.push(path)
        return
      } catch (fault) {
        const code = fault instanceof Error && 'code' in fault ? fault.code : null
        const found = code === 'EEXIST' ? await stat(path).catch(() => null) : null
        if (found?.isDirectory() === true) return
        const hasVanished = code === 'EEXIST' && found === null
        if (!hasVanished && (code !== 'ENOENT' || dirname(path) === path)) throw fault
        if (attempt === maxAttempts) throw fault
        if (hasVanished) continue
      }
      await make(dirname(path))
    }
  }
  await make(folder)
  return made
}
