/** The only place that touches an htpasswd file: how it looks from outside, and what stands in it. */
import { type FileHandle, lstat, open, stat } from 'node:fs/promises'
import { type ParsedHtpasswd, parseHtpasswd } from './parse.js'

/** A file whose stamp is the same has the same content. */
export type Sight = { readonly stamp: string } | { readonly trouble: string }

interface Stats {
  readonly dev: bigint
  readonly ino: bigint
  readonly size: bigint
  readonly mtimeNs: bigint
  readonly ctimeNs: bigint
  isFile(): boolean
  isDirectory(): boolean
}

function sightOf(stats: Stats): Sight {
  if (stats.isDirectory()) return { trouble: 'is a folder' }
  if (!stats.isFile()) return { trouble: 'is no regular file' }
  return { stamp: [stats.dev, stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs].join(':') }
}

async function troubleOf(file: string, fault: unknown): Promise<string> {
  const code = fault instanceof Error && 'code' in fault ? String(fault.code) : 'unknown error'
  if (code === 'ENOENT') {
    const link = await lstat(file).catch(() => null)
    return link === null ? 'does not exist' : 'is a link to something that does not exist'
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

/** `stamp` is null when the file changed while it was being read. */
export type Reading = { readonly stamp: string | null; readonly parsed: ParsedHtpasswd } | { readonly trouble: string }

/** Never rejects. */
export async function readHtpasswd(file: string): Promise<Reading> {
  const outside = await lookAt(file)
  // Opening a pipe would wait for its other end.
  if ('trouble' in outside) return outside
  let handle: FileHandle | undefined
  try {
    handle = await open(file)
    const before = sightOf(await handle.stat({ bigint: true }))
    const bytes = await handle.readFile()
    const after = sightOf(await handle.stat({ bigint: true }))
    const stable = 'stamp' in before && 'stamp' in after && before.stamp === after.stamp
    return { stamp: stable ? after.stamp : null, parsed: parseHtpasswd(decode(bytes), file) }
  } catch (fault) {
    return { trouble: await troubleOf(file, fault) }
  } finally {
    await handle?.close()
  }
}

/** UTF-8; or UTF-16 with its byte order mark, which is what `>` of Windows PowerShell 5 makes of any output. */
function decode(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes)
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes)
  return new TextDecoder().decode(bytes)
}
