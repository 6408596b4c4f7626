/** The embedded registry: an OCI distribution API over a folder in the layout of registry:2. */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { RequestError } from '../errors/request-error.js'
import { type Operation, type OperationKind, operations, type RepositoryKind } from '../registry-api/operation.js'
import type { RegistryRules } from '../registry-api/rules.js'
import { deleteBlob, getBlob } from './blobs.js'
import { listRepositories } from './catalog.js'
import { storageFault } from './durable-file.js'
import { type Exchange, sendJson } from './exchange.js'
import { deleteManifest, getManifest, putManifest } from './manifests.js'
import { listReferrers } from './referrers.js'
import { createStore, type Store } from './store.js'
import { listTags } from './tags.js'
import { cancelUpload, finishUpload, patchUpload, startUpload, uploadStatus } from './uploads.js'
import { whyNotWritable } from './writable.js'

/** What an answer was about, for the log. */
export interface AnswerOutcome {
  /** Of the manifest or blob. */
  readonly digest: string | null
  /** The digest that the tag named before it was moved to another one. */
  readonly replaced: string | null
}

export interface EmbeddedRegistry {
  /**
   * Writes the whole answer to a request that may be answered. Resolves when it is sent, or when the client went away
   * while it was being sent. Does not set Docker-Distribution-Api-Version.
   * @throws RequestError for what is refused, before anything is written; the body may be unread then
   * @throws Error when the disk fails, also in the middle of an answer, whose connection is then closed
   */
  answer(
    request: IncomingMessage,
    response: ServerResponse,
    operation: Operation,
    query: URLSearchParams,
    rules: RegistryRules,
  ): Promise<AnswerOutcome>
  /**
   * Resolves when nothing is being read or written any more: a client that goes away does not take its upload's lock
   * with it. (decision P12)
   */
  settled(): Promise<void>
  /** Why nothing can be stored at the moment; null where something could. */
  whyNotWritable(): Promise<string | null>
}

export interface EmbeddedRegistryOptions {
  /** The folder that registry:2 calls `rootdirectory`; created when the first thing is stored. */
  readonly root: string
  readonly now?: () => Date
  /** Letters, digits and dashes, different every time. */
  readonly newUploadId?: () => string
}

/** Several processes on one machine may serve the same root at the same time. */
export function createEmbeddedRegistry(options: EmbeddedRegistryOptions): EmbeddedRegistry {
  const store = createStore(options.root, options.now ?? (() => new Date()), options.newUploadId ?? randomUUID)
  const underWay = new Set<Promise<AnswerOutcome>>()
  const answer: EmbeddedRegistry['answer'] = async (request, response, operation, query, rules) => {
    try {
      if (operation.repository === null) {
        const work = async () => registryAnswerers[operation.kind](store, response, query, rules)
        await inTurn(operation, rules, work)
        return { digest: null, replaced: null }
      }
      const { repository, reference } = operation
      const exchange = {
        request,
        response,
        repository,
        reference: reference ?? '',
        query,
        rules: rules.in(repository),
        runExpensive: rules.runExpensive,
        replaced: null,
      }
      await inTurn(operation, rules, () => answerers[operation.kind](store, exchange))
      const digest = response.getHeader('docker-content-digest')
      return { digest: typeof digest === 'string' ? digest : null, replaced: exchange.replaced }
    } catch (error) {
      // A file that cannot be read is a fault of its own.
      const isRead = request.method === 'GET' || request.method === 'HEAD'
      const fault = isRead ? null : storageFault(error)
      throw fault === null ? error : new RequestError(fault, { cause: error })
    }
  }
  return {
    async answer(...asked) {
      const answering = answer(...asked)
      underWay.add(answering)
      try {
        return await answering
      } finally {
        underWay.delete(answering)
      }
    },
    async settled() {
      while (underWay.size > 0) await Promise.allSettled(underWay)
    },
    whyNotWritable: () => whyNotWritable(store.layout),
  }
}

/** The answer of an operation that waits for its body first takes its turn by itself. */
const inTurn = (operation: Operation, rules: RegistryRules, work: () => Promise<void>): Promise<void> =>
  operations[operation.kind].limited === 'from-start' ? rules.runExpensive(work) : work()

const answerers: Readonly<Record<RepositoryKind, (store: Store, exchange: Exchange) => Promise<void>>> = {
  'list-tags': listTags,
  'get-manifest': getManifest,
  'put-manifest': putManifest,
  'delete-manifest': deleteManifest,
  'get-blob': getBlob,
  'delete-blob': deleteBlob,
  'start-upload': startUpload,
  'upload-status': uploadStatus,
  'patch-upload': patchUpload,
  'finish-upload': finishUpload,
  'cancel-upload': cancelUpload,
  'list-referrers': listReferrers,
}

const registryAnswerers: Readonly<
  Record<
    Exclude<OperationKind, RepositoryKind>,
    (store: Store, response: ServerResponse, query: URLSearchParams, rules: RegistryRules) => Promise<void> | void
  >
> = {
  'version-check': (_, response) => sendJson(response, {}),
  catalog: (store, response, query, rules) => listRepositories(store.layout, response, query, rules.visible),
}
