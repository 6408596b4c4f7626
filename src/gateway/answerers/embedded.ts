/** Answers from the embedded registry, which asks the rules itself: between its question and its write no other push comes. */
import { RequestError } from '../../errors/request-error.js'
import type { Content } from '../../routes/model.js'
import { apiVersion } from '../respond.js'
import { operationRefused } from '../rules/refuse-operation.js'
import type { Answerer } from './answerer.js'

export const embeddedRegistry: Answerer<Extract<Content, { kind: 'embedded-registry' }>> = {
  async answer(gateway, context, { registryRequest }, _content, rules) {
    const { operation, query } = registryRequest
    if (gateway.registry === null || operation === null) throw new RequestError('not-found')
    if (operation.kind === 'refused') throw operationRefused(operation)
    const { request, response } = context
    response.setHeader(apiVersion.name, apiVersion.value)
    const outcome = await gateway.registry.answer(request, response, operation, new URLSearchParams(query), rules)
    context.digest = outcome.digest
    context.replaced = outcome.replaced
  },
  async ready(readiness) {
    const cause = await readiness.storage()
    return cause === null ? null : { message: 'the registry cannot write to its storage', cause }
  },
}
