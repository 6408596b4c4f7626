/** Uploads that nobody finishes are deleted after a week, as registry:2 does (`uploadpurging`, age 168h). */
import { readdir, readFile, rm, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { unlessMissing } from './durable-file.js'
import { isStoredUploadId } from './layout.js'
import type { Store } from './store.js'
import { discardUpload, startedAtPathOf } from './upload-session.js'

const hour = 3_600_000
const age = 168 * hour

/** Purges one repository, at most once an hour. A push starts it, so no timer is needed. */
export async function purgeAbandonedUploads(store: Store, repository: string): Promise<void> {
  const now = store.now()
  const before = store.purged.get(repository)
  if (before !== undefined && now.getTime() - before.getTime() < hour) return
  store.purged.set(repository, now)
  await purgeTemporary(store, now)
  const folder = store.layout.uploads(repository)
  for (const id of (await unlessMissing(readdir(folder))) ?? []) {
    const upload = join(folder, id)
    const started = Date.parse((await unlessMissing(readFile(startedAtPathOf(upload), 'utf8'))) ?? '')
    if (!(now.getTime() - started > age) || !isStoredUploadId(id)) continue
    await discardUpload(store, upload)
    await unlessMissing(unlink(store.layout.lock(id)))
  }
}

/** What a process that was killed left half written. */
async function purgeTemporary({ layout }: Store, now: Date): Promise<void> {
  for (const name of (await unlessMissing(readdir(layout.temporary))) ?? []) {
    const path = join(layout.temporary, name)
    const modified = (await unlessMissing(stat(path)))?.mtimeMs ?? now.getTime()
    if (now.getTime() - modified > age) await rm(path, { recursive: true, force: true })
  }
}
