/** Gives a request that may pass its answer: from the backend, the embedded registry, a folder, or the gate's own page. */
import { inRepository } from '../access/immutable.js'
import { visibleRepositories } from '../access/visible-repositories.js'
import { type Limits, unlimited } from '../embedded-registry/limits.js'
import { RequestError } from '../errors/request-error.js'
import type { CompiledServer } from '../routes/compile.js'
import { headersForResponse } from '../routes/headers.js'
import type { RequestView } from '../routes/model.js'
import type { ServeDecision } from '../routes/route-request.js'
import type { Variables } from '../routes/variables.js'
import { backendPlan } from './backend-plan.js'
import type { Exchange } from './exchange.js'
import { runExpensive } from './expensive-requests.js'
import { answerFilteredCatalog } from './filtered-catalog.js'
import type { Gateway } from './handle-request.js'
import { type Identity, userOf } from './identity.js'
import { holdManifest, isPutManifest, judgeManifest } from './judge-manifest.js'
import type { JudgedPath } from './judge-path.js'
import { hideForm, isUpload } from './judge-upload.js'
import { isDeleteManifest, judgeDelete, refuseUnjudged, requireMutable } from './keep-immutable.js'
import type { Login } from './login.js'
import { operationRefused } from './refuse-operation.js'
import { apiVersion, discardRest, hasUnreadBody, type OwnAnswer, respond } from './respond.js'
import { serveFile } from './serve-file.js'
import { pageWhereNothingIs, trustCertificate, welcomePage } from './welcome-page.js'

/** A request of which is known where it goes, what it means and who asks. */
export interface Passed {
  readonly view: RequestView
  readonly server: CompiledServer
  readonly path: JudgedPath
  readonly decision: ServeDecision
  readonly variables: Variables
  readonly identity: Identity
  /** null where the route asks nobody. */
  readonly login: Login | null
}

/** @throws RequestError as long as nothing has been sent to the client */
export async function answer(gateway: Gateway, exchange: Exchange, passed: Passed): Promise<void> {
  const { content } = passed.decision.route
  switch (content.kind) {
    case 'forward':
      return forward(gateway, exchange, passed)
    case 'embedded-registry':
      return askEmbedded(gateway, exchange, passed)
    case 'welcome-page':
      return respond(exchange.request, exchange.response, welcomePage(passed.view, gateway.anchorOf(passed.server)))
    case 'trust-certificate':
      return respond(
        exchange.request,
        exchange.response,
        trustCertificate(passed.view, gateway.anchorOf(passed.server)),
      )
    case 'files':
      return serveFile(exchange.request, exchange.response, content.root, passed.decision.uri, content.index)
    case 'nothing':
      return respond(exchange.request, exchange.response, whereNothingIs(gateway, passed))
  }
}

/** In no location at all an nginx.conf has nothing against the gate's own page; one that serves nothing is left alone. */
function whereNothingIs(gateway: Gateway, { view, server, decision }: Passed): OwnAnswer {
  const unclaimed = decision.route === server.place.route
  const page = unclaimed ? pageWhereNothingIs(view, decision.uri, gateway.anchorOf(server)) : null
  if (page === null) throw new RequestError('not-found')
  return page
}

async function askEmbedded(gateway: Gateway, exchange: Exchange, passed: Passed): Promise<void> {
  const { operation, query } = passed.path
  if (gateway.registry === null || operation === null) throw new RequestError('not-found')
  if (operation.kind === 'refused') throw operationRefused(operation)
  exchange.response.setHeader(apiVersion.name, apiVersion.value)
  const { request, response } = exchange
  const limits =
    operation.repository === null ? catalogLimits(gateway, passed) : limitsIn(gateway, passed, operation.repository)
  const { kind } = operation
  const outcome = await gateway.registry.answer(request, response, operation, new URLSearchParams(query), {
    ...limits,
    runExpensive: work => runExpensive(exchange, passed.identity, kind, work),
  })
  exchange.digest = outcome.digest
  exchange.replaced = outcome.replaced
}

function catalogLimits({ access }: Gateway, { identity }: Passed): Limits {
  if (access === null) return unlimited
  return { ...unlimited, visible: visibleRepositories(access, userOf(identity)) }
}

function limitsIn(gateway: Gateway, passed: Passed, repository: string): Limits {
  // Prepared for the few requests that remove tags, once for all of these.
  let requireHere: ((tag: string) => void) | null = null
  return {
    ...unlimited,
    judgeManifest(tag, before, digest) {
      const named = before === null ? 'nothing' : before === digest ? 'same' : 'other'
      judgeManifest(gateway, passed, repository, tag, named)
    },
    judgeRemoval(tag) {
      requireHere ??= requireMutable(gateway.immutable, repository)
      requireHere(tag)
    },
  }
}

async function forward(gateway: Gateway, exchange: Exchange, passed: Passed): Promise<void> {
  const { path, decision, variables } = passed
  const { operation } = path
  const { access, immutable } = gateway
  const plan = backendPlan(gateway, exchange, passed)
  if (access !== null && operation?.kind === 'catalog') {
    const { shows } = visibleRepositories(access, userOf(passed.identity))
    return runExpensive(exchange, passed.identity, operation.kind, () =>
      answerFilteredCatalog(gateway, exchange, passed, shows),
    )
  }
  refuseUnjudged(immutable, passed)
  if (isDeleteManifest(operation))
    await runExpensive(exchange, passed.identity, operation.kind, () =>
      judgeDelete(gateway, exchange, passed, operation),
    )
  const { request, response } = exchange
  const { route } = decision
  const send = async (body: Buffer | null) => {
    if (response.destroyed) return
    if (isUpload(operation)) hideForm(request)
    await gateway.forwarder.forward(request, response, {
      ...plan,
      target: path.target,
      body,
      idleMs: route.idleMs,
      maxBodyBytes: route.maxBodyBytes,
      onHead: (status, lines) => {
        exchange.digest = lines.find(line => /^docker-content-digest$/i.test(line.name))?.value ?? null
        return [...lines, ...headersForResponse(decision, variables, status, lines)]
      },
    })
  }
  const held = isPutManifest(operation) && (access !== null || inRepository(immutable, operation.repository).length > 0)
  if (held) await holdManifest(gateway, exchange, passed, operation, send)
  else await send(null)
  if (hasUnreadBody(request) && !response.destroyed) discardRest(request, () => request.complete || request.destroy())
}
