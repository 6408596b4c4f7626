/** What can be asked of the backend about a registry, with the headers and the login that the request in hand would have. */
import { z } from 'zod'
import { RequestError } from '../../errors/request-error.js'
import type { BackendReply } from '../../forward/ask.js'
import { backendRequestHeaders } from '../../forward/request-headers.js'
import type { AuthorizedRequest, Gateway } from '../model.js'
import type { RequestContext } from '../request-context.js'
import { upstreamPlan } from './upstream-plan.js'

export interface RegistryReader {
  /** What a tag names at this moment; null where there is no such tag. @throws RequestError where that cannot be told */
  digest(repository: string, tag: string): Promise<string | null>
  /**
   * The tags of a repository that are wanted, page by page, so that others are served meanwhile; fewer where the client has left.
   * @throws RequestError where they cannot be listed
   */
  tags(repository: string, isWanted: (tag: string) => boolean): Promise<readonly string[]>
  /** One page of the catalog, whatever its status. @param target `/v2/_catalog` with its query */
  catalog(target: string): Promise<BackendReply>
}

interface Question {
  readonly method: 'GET' | 'HEAD'
  readonly target: string
  readonly accept: string
  readonly maxBytes: number
}

/** Below the 30 s that containerd waits for an answer. */
const timeoutMs = 25_000

/** Of one page of the catalog: thousands of names of the greatest length. */
const maxCatalogBytes = 8 * 1024 * 1024
/** Of one page of a list of tags. */
const maxTagsBytes = 4 * 1024 * 1024

/** Without these, a registry may answer with the digest of another form of what the tag names. */
const manifestTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.v1+prettyjws',
  'application/vnd.docker.distribution.manifest.v1+json',
  '*/*',
].join(', ')

export function createReader(
  gateway: Pick<Gateway, 'forwarder' | 'backendLogin'>,
  context: RequestContext,
  request: AuthorizedRequest,
): RegistryReader {
  /** @throws RequestError as Forwarder.ask does */
  const ask = ({ method, target, accept, maxBytes }: Question): Promise<BackendReply> => {
    const { backends, verifyBackend, login, headers } = upstreamPlan(gateway, context, request)
    const { host, authorization, 'user-agent': agent } = context.request.headers
    const own = { host, authorization, accept, 'user-agent': agent }
    return gateway.forwarder.ask({
      backends,
      verifyBackend,
      login,
      method,
      target,
      headers: backendRequestHeaders(own, method, headers),
      timeoutMs,
      maxBytes,
    })
  }
  return {
    async digest(repository, tag) {
      const target = `/v2/${repository}/manifests/${tag}`
      const { status, headers } = await ask({ method: 'HEAD', target, accept: manifestTypes, maxBytes: 0 })
      if (status === 404) return null
      const digest = headers['docker-content-digest']
      if (status === 200 && typeof digest === 'string') return digest
      const cause = new Error(
        `status ${status} for a manifest${typeof digest === 'string' ? '' : ', without a digest'}`,
      )
      throw new RequestError('backend-answer-invalid', { cause })
    },
    async tags(repository, isWanted) {
      const found = new Set<string>()
      const wanted: string[] = []
      let last: string | undefined
      for (;;) {
        const from = last === undefined ? '' : `&${new URLSearchParams({ last })}`
        const target = `/v2/${repository}/tags/list?n=1000${from}`
        const { status, headers, body } = await ask({
          method: 'GET',
          target,
          accept: 'application/json',
          maxBytes: maxTagsBytes,
        })
        if (status === 404 || context.response.destroyed) return wanted
        const tags = status === 200 ? readTags(body) : null
        // One that knows no `last` would begin anew for ever.
        if (tags === null || tags.some(tag => found.has(tag)))
          throw new RequestError('backend-answer-invalid', {
            cause: new Error(`status ${status} for the list of tags`),
          })
        for (const tag of tags) found.add(tag)
        wanted.push(...tags.filter(isWanted))
        last = tags.at(-1)
        if (headers.link === undefined || last === undefined) return wanted
      }
    },
    catalog: target => ask({ method: 'GET', target, accept: 'application/json', maxBytes: maxCatalogBytes }),
  }
}

const tagList = z.object({ tags: z.array(z.string()).nullish() })

function readTags(body: Buffer): readonly string[] | null {
  try {
    const read = tagList.safeParse(JSON.parse(body.toString('utf8')))
    return read.success ? (read.data.tags ?? []) : null
  } catch {
    return null
  }
}
