/** Where everything lies on disk: the layout of distribution 2.8's filesystem driver, so that registry:2 can read the same folder. */
import { join } from 'node:path'
import { isRepositoryName, isTag } from '../registry-api/names.js'
import type { Digest } from './digest.js'

export interface Layout {
  readonly repositories: string
  /** Half-written files and folders on their way to their place; on the same file system as all the rest. */
  readonly temporary: string
  /** One symbolic link per upload that a process is writing to. */
  lock(uploadId: string): string
  blob(digest: Digest): string
  repository(name: string): string
  layerLink(name: string, digest: Digest): string
  /** Holds one folder per manifest of this algorithm, named by its hex. */
  revisions(name: string, algorithm: Digest['algorithm']): string
  revisionLink(name: string, digest: Digest): string
  /** Holds one folder per tag. */
  tags(name: string): string
  tag(name: string, tag: string): string
  uploads(name: string): string
  upload(name: string, id: string): string
}

const uploadIdPattern = /^[A-Za-z0-9][A-Za-z0-9-]{0,127}$/

/** Stricter than the route's grammar, which allows `..`; ids made here and by registry:2 are UUIDs. */
export const isStoredUploadId = (id: string): boolean => uploadIdPattern.test(id)

/** The link file inside a tag's folder that names the manifest it points to. */
export const currentLinkOf = (tagFolder: string): string => join(tagFolder, 'current', 'link')

/** The link file inside a tag's folder that remembers a manifest it pointed to once. */
export const indexLinkOf = (tagFolder: string, digest: Digest): string =>
  join(tagFolder, 'index', digest.algorithm, digest.hex, 'link')

/**
 * @param root `rootdirectory` in registry:2's words
 * @returns functions that throw on a name outside the grammar, so that no path can leave the root
 */
export function layoutOf(root: string): Layout {
  const base = join(root, 'docker', 'registry', 'v2')
  const own = join(base, '_portcullis')
  const repositories = join(base, 'repositories')
  const hashed = (folder: string, digest: Digest) => join(folder, digest.algorithm, digest.hex, 'link')
  const repository = (name: string) => join(repositories, sure(isRepositoryName(name), name))
  const manifests = (name: string) => join(repository(name), '_manifests')
  const uploads = (name: string) => join(repository(name), '_uploads')
  return {
    repositories,
    temporary: join(own, 'temporary'),
    lock: id => join(own, 'locks', sure(isStoredUploadId(id), id)),
    blob: digest => join(base, 'blobs', digest.algorithm, digest.hex.slice(0, 2), digest.hex, 'data'),
    repository,
    layerLink: (name, digest) => hashed(join(repository(name), '_layers'), digest),
    revisions: (name, algorithm) => join(manifests(name), 'revisions', algorithm),
    revisionLink: (name, digest) => hashed(join(manifests(name), 'revisions'), digest),
    tags: name => join(manifests(name), 'tags'),
    tag: (name, tag) => join(manifests(name), 'tags', sure(isTag(tag), tag)),
    uploads,
    upload: (name, id) => join(uploads(name), sure(isStoredUploadId(id), id)),
  }
}

function sure(holds: boolean, name: string): string {
  if (!holds) throw new Error(`not a name that may become a path: ${JSON.stringify(name)}`)
  return name
}
