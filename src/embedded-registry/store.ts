/** What all operations of one embedded registry share. */
import type { Hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { type Layout, layoutOf } from './layout.js'
import type { ManifestFacts } from './manifest-facts.js'

/** A hash over the first `size` bytes of an upload's file, good as long as the file is still in that state. */
export interface RememberedHash {
  readonly hash: Hash
  readonly size: bigint
  readonly inode: bigint
  /** Nanoseconds. */
  readonly modified: bigint
}

export interface Store {
  readonly layout: Layout
  readonly now: () => Date
  readonly newUploadId: () => string
  /** By path of the data file. Only a shortcut: without it the file is read again. */
  readonly hashes: LRUCache<string, RememberedHash>
  /** By digest, which never means anything else. */
  readonly facts: LRUCache<string, ManifestFacts>
  /** JSON of the annotations of manifests that have a subject, by digest: a list of referrers shows them. '' for none. */
  readonly annotations: LRUCache<string, string>
  /** By repository: when its abandoned uploads were last looked for. */
  readonly purged: LRUCache<string, Date>
}

/** What an entry takes beside its value, roughly. */
const entryBytes = 200

export function createStore(root: string, now: () => Date, newUploadId: () => string): Store {
  return {
    layout: layoutOf(root),
    now,
    newUploadId,
    hashes: new LRUCache({ max: 512 }),
    facts: new LRUCache({
      maxSize: 16 * 1024 * 1024,
      sizeCalculation: facts => JSON.stringify(facts).length,
    }),
    annotations: new LRUCache({ maxSize: 16 * 1024 * 1024, sizeCalculation: json => json.length + entryBytes }),
    purged: new LRUCache({ max: 1000 }),
  }
}
