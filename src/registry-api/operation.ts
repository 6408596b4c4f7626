/** What a request to a registry means: method and path to an Operation. Routes: OCI distribution-spec 1.1, "Endpoints". */
import { isDigest, isRepositoryName, isTag, isUploadId } from './names.js'

export type Action = 'pull' | 'push' | 'delete'

export type Operation =
  | {
      readonly kind: 'version-check' | 'catalog'
      readonly repository: null
      readonly reference: null
      readonly actions: readonly Action[]
    }
  | {
      readonly kind:
        | 'list-tags'
        | 'get-manifest'
        | 'put-manifest'
        | 'delete-manifest'
        | 'get-blob'
        | 'delete-blob'
        | 'start-upload'
        | 'upload-status'
        | 'patch-upload'
        | 'finish-upload'
        | 'cancel-upload'
        | 'list-referrers'
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

type RepositoryKind = Extract<Operation, { repository: string }>['kind']
type Methods = Readonly<Record<string, RepositoryKind>>

const actionsOf: Readonly<Record<RepositoryKind, readonly Action[]>> = {
  'list-tags': ['pull'],
  'get-manifest': ['pull'],
  'put-manifest': ['pull', 'push'],
  'delete-manifest': ['delete'],
  'get-blob': ['pull'],
  'delete-blob': ['delete'],
  'start-upload': ['pull', 'push'],
  'upload-status': ['pull'],
  'patch-upload': ['pull', 'push'],
  'finish-upload': ['pull', 'push'],
  // distribution asks for delete; clients cancel with a push token only, so a cancel is part of a push.
  'cancel-upload': ['pull', 'push'],
  'list-referrers': ['pull'],
}

interface Route {
  /** Matches the tail behind the repository name; group 1 is the reference. */
  readonly tail: RegExp
  readonly methods: Methods
  readonly accepts: (reference: string) => 'tag-invalid' | 'digest-invalid' | 'not-found' | null
}

const isReference = (text: string) =>
  text.includes(':') ? (isDigest(text) ? null : 'digest-invalid') : isTag(text) ? null : 'tag-invalid'

/** Right-anchored: the last segments decide, the name is everything before them. */
const routes: readonly Route[] = [
  { tail: /\/tags\/list$/, methods: { GET: 'list-tags' }, accepts: () => null },
  {
    tail: /\/manifests\/([^/]+)$/,
    methods: { GET: 'get-manifest', HEAD: 'get-manifest', PUT: 'put-manifest', DELETE: 'delete-manifest' },
    accepts: isReference,
  },
  { tail: /\/blobs\/uploads\/$/, methods: { POST: 'start-upload' }, accepts: () => null },
  {
    tail: /\/blobs\/uploads\/([^/]+)$/,
    methods: {
      GET: 'upload-status',
      HEAD: 'upload-status',
      PATCH: 'patch-upload',
      PUT: 'finish-upload',
      DELETE: 'cancel-upload',
    },
    accepts: text => (isUploadId(text) ? null : 'not-found'),
  },
  {
    tail: /\/blobs\/([^/]+)$/,
    methods: { GET: 'get-blob', HEAD: 'get-blob', DELETE: 'delete-blob' },
    accepts: text => (isDigest(text) ? null : 'digest-invalid'),
  },
  {
    tail: /\/referrers\/([^/]+)$/,
    methods: { GET: 'list-referrers' },
    accepts: text => (isDigest(text) ? null : 'digest-invalid'),
  },
]

/**
 * @param path the canonical path, without the query (http/canonical-path.ts)
 * @returns the operation, or why there is none; never throws
 */
export function parseOperation(method: string, path: string): Operation | Refused {
  if (path === '/v2/') return inRegistry(method, 'version-check', ['GET', 'HEAD'])
  if (path === '/v2/_catalog') return inRegistry(method, 'catalog', ['GET'])
  if (!path.startsWith('/v2/')) return refused('not-found')
  const rest = path.slice('/v2/'.length)
  for (const route of routes) {
    const match = route.tail.exec(rest)
    if (match === null || match.index === 0) continue
    const repository = rest.slice(0, match.index)
    if (!isRepositoryName(repository)) return refused('name-invalid')
    const reference = match[1] ?? null
    const fault = reference === null ? null : route.accepts(reference)
    if (fault !== null) return refused(fault)
    const kind = Object.hasOwn(route.methods, method) ? route.methods[method] : undefined
    if (kind === undefined) return refused('method-not-allowed', Object.keys(route.methods))
    return { kind, repository, reference, actions: actionsOf[kind] }
  }
  return refused('not-found')
}

function refused(error: Refused['error'], allow: readonly string[] = []): Refused {
  return { kind: 'refused', error, allow }
}

function inRegistry(
  method: string,
  kind: 'version-check' | 'catalog',
  methods: readonly string[],
): Operation | Refused {
  if (!methods.includes(method)) return refused('method-not-allowed', methods)
  return { kind, repository: null, reference: null, actions: [] }
}
