/** Whether the storage takes anything new: tried with a small file, since rights alone tell nothing of a full or broken disk. */

import { rm, writeFile } from 'node:fs/promises'
import { systemCode } from '../files/system-code.js'
import { makeFolder, temporaryPath } from './durable-file.js'
import type { Layout } from './layout.js'

/** Large enough to need a block of its own. */
const probe = Buffer.alloc(4096)

/** Why nothing can be stored at the moment; null where something could. */
export async function whyNotWritable({ temporary }: Layout): Promise<string | null> {
  const path = temporaryPath(temporary)
  try {
    await makeFolder(temporary)
    await writeFile(path, probe, { flag: 'wx' })
    return null
  } catch (error) {
    return `${temporary}: ${systemCode(error) ?? String(error)}`
  } finally {
    await rm(path, { force: true }).catch(() => {})
  }
}
