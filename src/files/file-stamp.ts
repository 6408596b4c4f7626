/** How a file looks from outside, without a look into it. */
import { lstat, stat } from 'node:fs/promises'

/** A file whose stamp is the same has the same content. */
export type FileStamp = { readonly stamp: string } | { readonly error: string }

export interface Stats {
  readonly dev: bigint
  readonly ino: bigint
  readonly size: bigint
  readonly mtimeNs: bigint
  readonly ctimeNs: bigint
  isFile(): boolean
  isDirectory(): boolean
}

/** The stamp of a file, from `stat` with `bigint: true`. */
export function fileStamp(stats: Stats): FileStamp {
  if (stats.isDirectory()) return { error: 'is a folder' }
  if (!stats.isFile()) return { error: 'is no regular file' }
  return { stamp: [stats.dev, stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs].join(':') }
}

/** Why a file could not be read: the end of a sentence that begins with its name. */
export async function readError(file: string, fault: unknown): Promise<string> {
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
export async function statFile(file: string): Promise<FileStamp> {
  try {
    return fileStamp(await stat(file, { bigint: true }))
  } catch (fault) {
    return { error: await readError(file, fault) }
  }
}
