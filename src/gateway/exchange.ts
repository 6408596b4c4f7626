/** One request and its answer: what is found out about it on its way, and its line in the log when it ends. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { RequestError } from '../errors/request-error.js'
import { clientAddress, plainAddress } from '../http/client-address.js'
import type { Events } from '../observe/events.js'

export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** Of the client itself where trusted proxies stand between. */
  readonly address: string
  /** Known once it is proved. */
  user: string | null
  /** The refusal or the fault that ended it. */
  error: unknown
  /** Whether it has a line in the access log. */
  logged: boolean
}

/** Starts the clock; the log line is written when the connection is done with the answer, whole or not. */
export function beginExchange(
  request: IncomingMessage,
  response: ServerResponse,
  trusted: (address: string) => boolean,
  events: Events,
): Exchange {
  const forwardedFor = request.headers['x-forwarded-for']
  const { socket, method = '', url = '' } = request
  const exchange: Exchange = {
    request,
    response,
    address: clientAddress(
      plainAddress(socket.remoteAddress),
      Array.isArray(forwardedFor) ? forwardedFor.join() : forwardedFor,
      trusted,
    ),
    user: null,
    error: null,
    logged: true,
  }
  const began = performance.now()
  const bytesBefore = socket.bytesWritten
  response.once('close', () => {
    if (!exchange.logged) return
    events.requestAnswered({
      method,
      path: pathOf(url),
      status: response.headersSent ? response.statusCode : 0,
      user: exchange.user,
      address: exchange.address,
      bytes: socket.bytesWritten - bytesBefore,
      milliseconds: Math.round((performance.now() - began) * 10) / 10,
      complete: response.writableFinished,
      error: exchange.error instanceof RequestError ? exchange.error.code : exchange.error === null ? null : 'internal',
      cause: causeOf(exchange.error),
    })
  })
  return exchange
}

/** Without the query. A target in another form than a path may hold a password: `https://name:password@host/`. */
const pathOf = (target: string) => (target.startsWith('/') ? (target.split('?', 1)[0] ?? '') : '(no path)')

/** `ECONNREFUSED`, `connect ECONNREFUSED 127.0.0.1:5001`: what lies below a refusal, for the operator. */
function causeOf(error: unknown): string | null {
  if (!(error instanceof RequestError) || !(error.cause instanceof Error)) return null
  return error.cause.message
}
