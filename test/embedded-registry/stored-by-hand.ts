/** Fills the folder of an embedded registry past its API, as registry:2 would lay it out: thousands of entries in little time. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A new folder, in memory where that is possible: thousands of small files take long on a disk that is busy. */
export const rootInMemory = (): string =>
  mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'portcullis-stored-'))

const hexOf = (text: string) => createHash('sha256').update(text).digest('hex')
const repositoryIn = (root: string, name: string) => join(root, 'docker/registry/v2/repositories', name)

function writeLink(folder: string, digest: string): void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'link'), digest)
}

/** Repositories with nothing in them. */
export function storeRepositories(root: string, names: readonly string[]): void {
  for (const name of names) mkdirSync(join(repositoryIn(root, name), '_layers'), { recursive: true })
}

/** Tags that all name the same manifest, which need not be there. */
export function storeTags(root: string, repository: string, tags: readonly string[], digest: string): void {
  for (const tag of tags) writeLink(join(repositoryIn(root, repository), '_manifests/tags', tag, 'current'), digest)
}

/** @returns their digests */
export function storeManifests(root: string, repository: string, texts: readonly string[]): string[] {
  return texts.map(text => {
    const hex = hexOf(text)
    const blob = join(root, 'docker/registry/v2/blobs/sha256', hex.slice(0, 2), hex)
    mkdirSync(blob, { recursive: true })
    writeFileSync(join(blob, 'data'), text)
    writeLink(join(repositoryIn(root, repository), '_manifests/revisions/sha256', hex), `sha256:${hex}`)
    return `sha256:${hex}`
  })
}
