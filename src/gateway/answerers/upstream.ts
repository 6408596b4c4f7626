/** Answers from the backend. What the rules have to know of its tags is asked just before. */
import type { HeaderLine } from '../../http/header-line.js'
import { operations } from '../../registry-api/operation.js'
import type { RegistryRules } from '../../registry-api/rules.js'
import { headersForResponse } from '../../routes/headers.js'
import type { Content } from '../../routes/model.js'
import type { AuthorizedRequest, Gateway } from '../model.js'
import type { RequestContext } from '../request-context.js'
import { refuseUnjudged } from '../rules/unknown-write.js'
import { hideForm, isUpload } from '../rules/upload-query.js'
import type { Answerer } from './answerer.js'
import { answerFilteredCatalog } from './upstream-catalog.js'
import { judgeDelete } from './upstream-delete.js'
import { upstreamPlan } from './upstream-plan.js'
import { holdManifest } from './upstream-push.js'
import { createReader } from './upstream-reader.js'

type Send = (body: Buffer | null) => Promise<void>

export const upstream: Answerer<Extract<Content, { kind: 'forward' }>> = {
  async answer(gateway, context, request, _content, rules) {
    if (request.registryRequest.operation?.kind === 'catalog' && gateway.access !== null)
      return rules.runExpensive(() =>
        answerFilteredCatalog(createReader(gateway, context, request), rules.visible.shows, context, request),
      )
    refuseUnjudged(gateway.immutable, request)
    await judged(gateway, context, request, rules, sender(gateway, context, request))
  },
  async ready(readiness, { forward }, { verify }) {
    if (forward === null) return null
    let cause: string | null = null
    for (const backend of [forward.backend, ...forward.alternatives]) {
      cause = await readiness.backend(backend, verify)
      if (cause === null) return null
    }
    return { message: 'the registry behind this gate does not answer', cause: cause ?? 'no backend' }
  },
}

/** Sends the request once the rules have judged what it does to tags. */
async function judged(
  gateway: Gateway,
  context: RequestContext,
  request: AuthorizedRequest,
  rules: RegistryRules,
  send: Send,
): Promise<void> {
  const { operation } = request.registryRequest
  if (operation === null || operation.kind === 'refused' || operation.repository === null) return send(null)
  const here = rules.in(operation.repository)
  switch (operations[operation.kind].tags) {
    case 'keep':
      return send(null)
    case 'move':
      if (!here.mayRefusePush(null)) return send(null)
      return holdManifest(createReader(gateway, context, request), here, context, request, operation, send)
    case 'remove':
      await rules.runExpensive(() =>
        judgeDelete(
          createReader(gateway, context, asReader(request)),
          here,
          operation,
          () => context.response.destroyed,
        ),
      )
      return send(null)
  }
}

/** The same request as one that only reads: the gate's own login at the backend, where it has one, then asks for no more. */
function asReader(request: AuthorizedRequest): AuthorizedRequest {
  const { operation } = request.registryRequest
  if (operation === null || operation.kind === 'refused' || operation.repository === null) return request
  const reading = { ...operation, kind: 'list-tags', actions: operations['list-tags'].actions } as const
  return { ...request, registryRequest: { ...request.registryRequest, operation: reading } }
}

function sender(gateway: Gateway, context: RequestContext, authorized: AuthorizedRequest): Send {
  const { registryRequest, decision, variables } = authorized
  const { request, response } = context
  const { route } = decision
  const plan = upstreamPlan(gateway, context, authorized)
  const onHead = (status: number, lines: readonly HeaderLine[]) => {
    context.digest = lines.find(line => /^docker-content-digest$/i.test(line.name))?.value ?? null
    return [...lines, ...headersForResponse(decision, variables, status, lines)]
  }
  return async body => {
    if (response.destroyed) return
    if (isUpload(registryRequest.operation)) hideForm(request)
    const { idleMs, maxBodyBytes } = route
    await gateway.forwarder.forward(request, response, {
      ...plan,
      target: registryRequest.target,
      body,
      idleMs,
      maxBodyBytes,
      onHead,
    })
  }
}
