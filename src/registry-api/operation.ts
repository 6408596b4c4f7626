/**
 * What a request to a registry means: method and path to an Operation. Routes: OCI distribution-spec 1.1,
 * "Endpoints". (decision R4)
 */
import { isDigest, isRepositoryName, isTag, isUploadId } from './names.js'

export type Action = 'pull' | 'push' | 'delete'

/** One operation of the registry API. Everything that a rule, the audit log or a token has to know of it stands in its row. */
interface Row {
  /** The path behind the name of the repository; `version` and `catalog` have none. */
  readonly path: 'version' | 'catalog' | keyof typeof repositoryPaths
  readonly methods: readonly string[]
  /** What the user must be allowed to do in the repository. */
  readonly actions: readonly Action[]
  /** `write` is refused while the registry is read-only. `abandon` ends an upload: it leaves less behind and not more. */
  readonly effect: 'read' | 'write' | 'abandon'
  /** Whether it begins the upload of a blob or goes on with one. */
  readonly upload: 'start' | 'continue' | null
  /** `strict`: the query has parameters with an effect, which no two registries may read in different ways. */
  readonly query: 'strict' | 'free'
  /** What it does to tags. Every answerer asks the rules before it moves or removes one. */
  readonly tags: 'keep' | 'move' | 'remove'
  /** The event of the audit log where it succeeds. */
  readonly audit: 'push' | 'delete' | null
  /** Since it takes much work, only a few of one user run at the same time: from their start, or once their body has arrived. */
  readonly limited: 'from-start' | 'from-body' | null
}

interface RepositoryPath {
  /** Matches the tail behind the repository name; group 1 is the reference. */
  readonly tail: RegExp
  /** Why a reference is none; null where it is one. */
  readonly error: (reference: string) => 'tag-invalid' | 'digest-invalid' | 'not-found' | null
}

const digestError = (text: string) => (isDigest(text) ? null : 'digest-invalid')
const tagError = (text: string) => (isTag(text) ? null : 'tag-invalid')

/** Right-anchored: the last segments decide, the name is everything before them. The first one that matches counts. */
const repositoryPaths = {
  tags: { tail: /\/tags\/list$/, error: () => null },
  manifest: { tail: /\/manifests\/([^/]+)$/, error: text => (text.includes(':') ? digestError(text) : tagError(text)) },
  uploads: { tail: /\/blobs\/uploads\/$/, error: () => null },
  upload: { tail: /\/blobs\/uploads\/([^/]+)$/, error: text => (isUploadId(text) ? null : 'not-found') },
  blob: { tail: /\/blobs\/([^/]+)$/, error: digestError },
  referrers: { tail: /\/referrers\/([^/]+)$/, error: digestError },
} as const satisfies Readonly<Record<string, RepositoryPath>>

const reads = { effect: 'read', upload: null, query: 'free', tags: 'keep', audit: null, limited: null } as const
const pushes = { actions: ['pull', 'push'], effect: 'write', query: 'strict', limited: null } as const

/** To add an operation, add a row here, and its answer to the table of embedded-registry/embedded-registry.ts. */
export const operations = {
  'version-check': { path: 'version', methods: ['GET', 'HEAD'], actions: [], ...reads },
  catalog: { path: 'catalog', methods: ['GET'], actions: [], ...reads, limited: 'from-start' },
  'list-tags': { path: 'tags', methods: ['GET'], actions: ['pull'], ...reads, limited: 'from-start' },
  'get-manifest': { path: 'manifest', methods: ['GET', 'HEAD'], actions: ['pull'], ...reads },
  'put-manifest': {
    path: 'manifest',
    methods: ['PUT'],
    ...pushes,
    upload: null,
    tags: 'move',
    audit: 'push',
    limited: 'from-body',
  },
  'delete-manifest': {
    path: 'manifest',
    methods: ['DELETE'],
    actions: ['delete'],
    effect: 'write',
    upload: null,
    query: 'free',
    tags: 'remove',
    audit: 'delete',
    limited: 'from-start',
  },
  'get-blob': { path: 'blob', methods: ['GET', 'HEAD'], actions: ['pull'], ...reads },
  'delete-blob': {
    path: 'blob',
    methods: ['DELETE'],
    actions: ['delete'],
    effect: 'write',
    upload: null,
    query: 'free',
    tags: 'keep',
    audit: 'delete',
    limited: null,
  },
  'start-upload': { path: 'uploads', methods: ['POST'], ...pushes, upload: 'start', tags: 'keep', audit: null },
  'upload-status': {
    path: 'upload',
    methods: ['GET', 'HEAD'],
    actions: ['pull'],
    effect: 'read',
    upload: 'continue',
    query: 'strict',
    tags: 'keep',
    audit: null,
    limited: null,
  },
  'patch-upload': { path: 'upload', methods: ['PATCH'], ...pushes, upload: 'continue', tags: 'keep', audit: null },
  'finish-upload': { path: 'upload', methods: ['PUT'], ...pushes, upload: 'continue', tags: 'keep', audit: null },
  // distribution asks for delete; clients cancel with a push token only, so a cancel is part of a push.
  'cancel-upload': {
    path: 'upload',
    methods: ['DELETE'],
    actions: ['pull', 'push'],
    effect: 'abandon',
    upload: 'continue',
    query: 'strict',
    tags: 'keep',
    audit: null,
    limited: null,
  },
  'list-referrers': { path: 'referrers', methods: ['GET'], actions: ['pull'], ...reads, limited: 'from-start' },
} as const satisfies Readonly<Record<string, Row>>

export type OperationKind = keyof typeof operations

/** The operations on one repository. */
export type RepositoryKind = {
  [Kind in OperationKind]: (typeof operations)[Kind]['path'] extends keyof typeof repositoryPaths ? Kind : never
}[OperationKind]

export type Operation =
  | {
      readonly kind: Exclude<OperationKind, RepositoryKind>
      readonly repository: null
      readonly reference: null
      readonly actions: readonly Action[]
    }
  | {
      readonly kind: RepositoryKind
      readonly repository: string
      /** Tag, digest or upload id; null where the route has none. */
      readonly reference: string | null
      readonly actions: readonly Action[]
    }

export type Refused = {
  readonly kind: 'refused'
  readonly error: 'not-found' | 'method-not-allowed' | 'name-invalid' | 'tag-invalid' | 'digest-invalid'
  /** The methods that this path has; none where it is not the method that is wrong. */
  readonly allow: readonly string[]
}

/** The row of an operation; null for a request that has no meaning here. */
export const rowOf = (operation: Operation | Refused | null): Row | null =>
  operation === null || operation.kind === 'refused' ? null : operations[operation.kind]

type ByMethod<Kind extends OperationKind> = ReadonlyMap<string, Kind>

/** @returns the kinds of one path by their methods */
function byMethod<Kind extends OperationKind>(kinds: readonly Kind[], path: Row['path']): ByMethod<Kind> {
  const here = kinds.filter(kind => operations[kind].path === path)
  return new Map(here.flatMap(kind => operations[kind].methods.map((method): [string, Kind] => [method, kind])))
}

const kinds: readonly OperationKind[] = Object.keys(operations).filter((name): name is OperationKind =>
  Object.hasOwn(operations, name),
)
const isRepositoryKind = (kind: OperationKind): kind is RepositoryKind =>
  Object.hasOwn(repositoryPaths, operations[kind].path)
const isRegistryKind = (kind: OperationKind): kind is Exclude<OperationKind, RepositoryKind> => !isRepositoryKind(kind)

const versionMethods = byMethod(kinds.filter(isRegistryKind), 'version')
const catalogMethods = byMethod(kinds.filter(isRegistryKind), 'catalog')
const repositoryRoutes = Object.entries<RepositoryPath>(repositoryPaths).map(([path, route]) => ({
  ...route,
  methods: byMethod(
    kinds.filter(isRepositoryKind).filter(kind => operations[kind].path === path),
    path as keyof typeof repositoryPaths,
  ),
}))

/**
 * @param path the canonical path, without the query (http/canonical-path.ts)
 * @returns the operation, or why there is none; never throws
 */
export function parseOperation(method: string, path: string): Operation | Refused {
  if (path === '/v2/') return inRegistry(method, versionMethods)
  if (path === '/v2/_catalog') return inRegistry(method, catalogMethods)
  if (!path.startsWith('/v2/')) return refused('not-found')
  const rest = path.slice('/v2/'.length)
  for (const { tail, error, methods } of repositoryRoutes) {
    const match = tail.exec(rest)
    if (match === null || match.index === 0) continue
    const repository = rest.slice(0, match.index)
    if (!isRepositoryName(repository)) return refused('name-invalid')
    const reference = match[1] ?? null
    const invalid = reference === null ? null : error(reference)
    if (invalid !== null) return refused(invalid)
    const kind = methods.get(method)
    if (kind === undefined) return refused('method-not-allowed', [...methods.keys()])
    return { kind, repository, reference, actions: operations[kind].actions }
  }
  return refused('not-found')
}

function refused(error: Refused['error'], allow: readonly string[] = []): Refused {
  return { kind: 'refused', error, allow }
}

function inRegistry(method: string, methods: ByMethod<Exclude<OperationKind, RepositoryKind>>): Operation | Refused {
  const kind = methods.get(method)
  if (kind === undefined) return refused('method-not-allowed', [...methods.keys()])
  return { kind, repository: null, reference: null, actions: operations[kind].actions }
}
