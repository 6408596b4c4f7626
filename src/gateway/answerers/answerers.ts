/** The table of answerers. To add one, add its kind to Content in routes/model.ts, a file here, and its row. */
import type { Content } from '../../routes/model.js'
import type { ServeDecision } from '../../routes/route-request.js'
import type { AuthorizedRequest, Gateway, Readiness } from '../model.js'
import type { RequestContext } from '../request-context.js'
import { registryRules } from '../rules/registry-rules.js'
import type { Answerer, NotReady } from './answerer.js'
import { embeddedRegistry } from './embedded.js'
import { files } from './files.js'
import { nothing } from './nothing.js'
import { trustCertificate, welcomePage } from './page.js'
import { upstreamAnswerer } from './upstream.js'

type Contents = { readonly [Of in Content as Of['kind']]: Of }

const answerers: { readonly [Kind in keyof Contents]: Answerer<Contents[Kind]> } = {
  forward: upstreamAnswerer,
  'embedded-registry': embeddedRegistry,
  'welcome-page': welcomePage,
  'trust-certificate': trustCertificate,
  files,
  nothing,
}

const answererOf = <Kind extends keyof Contents>(kind: Kind): Answerer<Contents[Kind]> => answerers[kind]

/** @throws RequestError as long as nothing has been sent to the client */
export async function answer(gateway: Gateway, context: RequestContext, request: AuthorizedRequest): Promise<void> {
  const { content } = request.decision.route
  const rules = registryRules(gateway, context, request)
  await answererOf<Content['kind']>(content.kind).answer(gateway, context, request, content, rules)
}

/** Why what a request would get cannot be served at the moment; null where it can. */
export async function whyNotReady(readiness: Readiness, decision: ServeDecision): Promise<NotReady | null> {
  const { content } = decision.route
  return answererOf<Content['kind']>(content.kind).ready(readiness, decision, content)
}
