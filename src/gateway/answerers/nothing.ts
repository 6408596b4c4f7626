/** Answers where no location serves the path: an nginx.conf leaves the gate's own page there. */
import { RequestError } from '../../errors/request-error.js'
import type { Content } from '../../routes/model.js'
import { respond } from '../respond.js'
import { type Answerer, alwaysReady } from './answerer.js'
import { pageWhereNothingIs } from './page.js'

export const nothing: Answerer<Extract<Content, { kind: 'nothing' }>> = {
  answer(gateway, { request, response }, { view, server, decision }) {
    // A location that serves nothing is left alone.
    const unclaimed = decision.route === server.place.route
    const page = unclaimed ? pageWhereNothingIs(view, decision.uri, gateway.anchorOf(server)) : null
    if (page === null) throw new RequestError('not-found')
    respond(request, response, page)
  },
  ready: alwaysReady,
}
