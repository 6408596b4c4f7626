/** How a file looks from outside, without a look into it. */
import { lstat, stat } from 'node:fs/promises'

/** A file whose stamp is the same has the same content. */
export type Sight = { readonly stamp: string } | { readonly trouble: string }

export interface Stats {
  readonly dev: bigint
  readonly ino: bigint
  readonly size: bigint
  readonly mtimeNs: bigint
  readonly ctimeNs: bigint
  isFile(): boolean
  isDirectory(): boolean
}

/** The sight behind `stat` with `bigint: true`. */
export function sightOf(stats: Stats): Sight {
  if (stats.isDirectory()) return { trouble: 'is a folder' }
  if (!stats.isFile()) return { trouble: 'is no regular file' }
  return { stamp: [stats.dev, stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs].join(':') }
}

/** Why a file could not be read: the end of a sentence that begins with its name. */
export async function troubleOf(file: string, fault: unknown): Promise<string> {
  const code = fault instanceof Error && 'code' in fault ? String(fault.code) : 'unknown error'
  if (code === 'ENOENT') {
    const entry = await lstat(file).catch(() => null)
    // Anything else has been made since the fault.
    return entry?.isSymbolicLink() === true ? 'is a link to something that does not exist' : 'does not exist'
  }
  if (code === 'EACCES' || code === 'EPERM') return 'may not be read by this process'
  return `cannot be read (${code})`
}

/** Follows links. Never rejects. */
export async function lookAt(file: string): Promise<Sight> {
  try {
    return sightOf(await stat(file, { bigint: true }))
  } catch (fault) {
    return { trouble: await troubleOf(file, fault) }
  }
}
