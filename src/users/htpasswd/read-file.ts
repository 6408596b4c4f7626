/** The only place that reads an htpasswd file. */
import { type FileHandle, open } from 'node:fs/promises'
import { fileStamp, readError, statFile } from '../../files/file-stamp.js'
import { type ParsedHtpasswd, parseHtpasswd } from './parse.js'

/** `stamp` is null when the file changed while it was being read. */
export type HtpasswdFile =
  | { readonly stamp: string | null; readonly parsed: ParsedHtpasswd }
  | { readonly error: string }

/** Never rejects. */
export async function readHtpasswd(file: string): Promise<HtpasswdFile> {
  const outside = await statFile(file)
  // Opening a pipe would wait for its other end.
  if ('error' in outside) return outside
  let handle: FileHandle | undefined
  try {
    handle = await open(file)
    const before = fileStamp(await handle.stat({ bigint: true }))
    const bytes = await handle.readFile()
    const after = fileStamp(await handle.stat({ bigint: true }))
    const stable = 'stamp' in before && 'stamp' in after && before.stamp === after.stamp
    return { stamp: stable ? after.stamp : null, parsed: parseHtpasswd(decode(bytes), file) }
  } catch (fault) {
    return { error: await readError(file, fault) }
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
