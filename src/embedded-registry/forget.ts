/**
 * Removes a repository and the blobs that only it has, as if it had never been: for the image of a first start's
 * proof. (decision G10)
 */
import { rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { readDigest } from './digest.js'
import { layoutOf } from './layout.js'

/** A request that was broken off may still write there: a folder that is not empty after all is emptied again. */
const removal = { recursive: true, force: true, maxRetries: 5 } as const

/**
 * @param digests of blobs that nothing else refers to; the caller knows it because it made them unique
 */
export async function forgetRepository(root: string, repository: string, digests: readonly string[]): Promise<void> {
  const layout = layoutOf(root)
  await rm(layout.repository(repository), removal)
  for (const text of digests) {
    const digest = readDigest(text)
    if (digest !== null) await rm(dirname(layout.blob(digest)), removal)
  }
}
