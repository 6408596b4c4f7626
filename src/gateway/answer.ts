/** Gives a request that may pass its answer: from the backend, the embedded registry, a folder, or the gate's own page. */
import type { CompiledPolicy } from '../access/compile-policy.js'
import { decide } from '../access/decide.js'
import { type Limits, unlimited } from '../embedded-registry/limits.js'
import { RequestError } from '../errors/request-error.js'
import type { Operation } from '../registry-api/operation.js'
import { headersForResponse } from '../routes/headers.js'
import type { RequestView } from '../routes/model.js'
import type { ServeDecision } from '../routes/route-request.js'
import type { Variables } from '../routes/variables.js'
import { backendPlan } from './backend-plan.js'
import type { Exchange } from './exchange.js'
import { answerFilteredCatalog } from './filtered-catalog.js'
import type { Gateway } from './handle-request.js'
import { type Identity, userOf } from './identity.js'
import { holdManifest, isPutManifest, judgeManifest } from './judge-manifest.js'
import type { JudgedPath } from './judge-path.js'
import { hideForm, isUpload } from './judge-upload.js'
import type { Login } from './login.js'
import { apiVersion, discardRest, hasUnreadBody, respond } from './respond.js'
import { serveFile } from './serve-file.js'
import { trustCertificate, welcomePage } from './welcome-page.js'

/** A request of which is known where it goes, what it means and who asks. */
export interface Passed {
  readonly view: RequestView
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
      return respond(exchange.request, exchange.response, welcomePage(passed.view, gateway.anchor))
    case 'trust-certificate':
      return respond(exchange.request, exchange.response, trustCertificate(passed.view, gateway.anchor))
    case 'files':
      return serveFile(exchange.request, exchange.response, content.root, passed.decision.uri, content.index)
    case 'nothing':
      throw new RequestError('not-found')
  }
}

async function askEmbedded(gateway: Gateway, exchange: Exchange, passed: Passed): Promise<void> {
  const { operation, query } = passed.path
  if (gateway.registry === null || operation === null) throw new RequestError('not-found')
  if (operation.kind === 'refused') throw new RequestError(operation.error)
  exchange.response.setHeader(apiVersion.name, apiVersion.value)
  const { request, response } = exchange
  const limits = gateway.access === null ? unlimited : limitsOf(gateway.access, passed, operation)
  const outcome = await gateway.registry.answer(request, response, operation, new URLSearchParams(query), limits)
  exchange.digest = outcome.digest
  exchange.replaced = outcome.replaced
}

function limitsOf(policy: CompiledPolicy, passed: Passed, { repository }: Operation): Limits {
  const user = userOf(passed.identity)
  return {
    shows: name => decide(policy, user, name, 'pull').allowed,
    judgeManifest(tag, before, digest) {
      if (repository === null) return
      const named = before === null ? 'nothing' : before === digest ? 'same' : 'other'
      judgeManifest(policy, passed, repository, tag, named)
    },
  }
}

async function forward(gateway: Gateway, exchange: Exchange, passed: Passed): Promise<void> {
  const { path, decision, variables } = passed
  const { operation } = path
  const { access } = gateway
  const plan = backendPlan(gateway, exchange, passed)
  if (access !== null && operation?.kind === 'catalog') {
    const user = userOf(passed.identity)
    return answerFilteredCatalog(gateway, exchange, passed, name => decide(access, user, name, 'pull').allowed)
  }
  const body =
    access !== null && isPutManifest(operation)
      ? await holdManifest(gateway, access, exchange, passed, operation)
      : null
  const { request, response } = exchange
  if (response.destroyed) return
  if (isUpload(operation)) hideForm(request)
  const { route } = decision
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
  if (hasUnreadBody(request) && !response.destroyed) discardRest(request, () => request.complete || request.destroy())
}
