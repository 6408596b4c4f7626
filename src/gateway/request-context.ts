/** One request and its answer: what is found out about it on its way, and its line in the log when it ends. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { RequestError } from '../errors/request-error.js'
import { clientAddress } from '../http/client-address.js'
import { peerOf } from '../http/peer.js'
import type { AnsweredRequest } from '../observe/answered-request.js'
import type { Events } from '../observe/events.js'
import type { Transfer } from '../observe/metrics.js'
import type { Operation, Refused } from '../registry-api/operation.js'

export interface RequestContext {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** Of the client itself where trusted proxies stand between. */
  readonly address: string
  /** Known once it is proved. */
  user: string | null
  /** The user of a wrong password, if there is a user of that name. */
  claimedUser: string | null
  /** What it means, once its path is judged; null outside the registry API. */
  operation: Operation | Refused | 'health' | 'token' | null
  /** Docker-Content-Digest of the answer. */
  digest: string | null
  /** The digest that a tag named before this request moved it, where that is known. */
  replaced: string | null
  /** The refusal or the fault that ended it. */
  error: unknown
  /** The request broke in its middle and has got its answer for that: nothing else answers it. */
  isBroken: boolean
  /** Whether it has a line in the access log. */
  access: AnsweredRequest['access']
}

const contexts = new WeakMap<ServerResponse, RequestContext>()

/** The context that an answer belongs to, for those who know the answer alone. */
export const contextOf = (response: ServerResponse): RequestContext | null => contexts.get(response) ?? null

/** Bytes that came on a connection before the request in hand. */
const readBefore = new WeakMap<Socket, number>()

/** Starts the clock; the log line is written when the connection is done with the answer, whole or not. */
export function beginRequest(
  request: IncomingMessage,
  response: ServerResponse,
  trusted: (address: string) => boolean,
  events: Events,
): RequestContext {
  const { socket, method = '', url = '', headers } = request
  const forwardedFor = headers['x-forwarded-for']
  const agent = headers['user-agent'] ?? null
  const context: RequestContext = {
    request,
    response,
    address: clientAddress(
      peerOf(socket).address,
      Array.isArray(forwardedFor) ? forwardedFor.join() : forwardedFor,
      trusted,
    ),
    user: null,
    claimedUser: null,
    operation: null,
    digest: null,
    replaced: null,
    error: null,
    isBroken: false,
    access: 'on',
  }
  contexts.set(response, context)
  const began = performance.now()
  const bytesRead = readBefore.get(socket) ?? 0
  const bytesWritten = socket.bytesWritten
  const transfer: Transfer = {
    received: () => socket.bytesRead - bytesRead,
    sent: () => socket.bytesWritten - bytesWritten,
  }
  events.requestBegan(transfer)
  response.once('close', () => {
    readBefore.set(socket, socket.bytesRead)
    const { user, claimedUser, address, access, error } = context
    events.requestAnswered(transfer, {
      method,
      path: pathOf(url),
      ...meaningOf(context),
      status: response.headersSent ? response.statusCode : 0,
      user,
      claimedUser,
      address,
      agent: agent === null ? null : agent.slice(0, maxAgent),
      received: transfer.received(),
      bytes: transfer.sent(),
      milliseconds: Math.round((performance.now() - began) * 10) / 10,
      complete: response.writableFinished,
      error: error instanceof RequestError ? error.code : error === null ? null : 'internal',
      refusal: error instanceof RequestError ? error.message : null,
      cause: causeOf(error),
      access,
    })
  })
  return context
}

type Meaning = Pick<AnsweredRequest, 'action' | 'repository' | 'reference' | 'digest' | 'replaced'>

function meaningOf({ operation, digest, replaced }: RequestContext): Meaning {
  const nothing = { action: null, repository: null, reference: null, digest: null, replaced: null }
  if (operation === null) return nothing
  if (operation === 'health' || operation === 'token') return { ...nothing, action: operation }
  if (operation.kind === 'refused') return { ...nothing, action: 'invalid' }
  const { kind: action, repository, reference } = operation
  return { action, repository, reference, digest, replaced }
}

/** A few hundred characters tell any client; a line of the log is to stay one that people can read. */
const maxAgent = 200

/**
 * Without the query. What is written like a name and a password before a host may be one (`https://name:password@host/`, also as a
 * part of the path).
 */
const pathOf = (target: string) => {
  if (!target.startsWith('/')) return '(no path)'
  const path = target.split('?', 1)[0] ?? ''
  return path.includes('@') ? path.split('/').map(withoutLogin).join('/') : path
}

/** Hides everything before the last `@` of a segment where it holds a colon. */
function withoutLogin(segment: string): string {
  const end = segment.lastIndexOf('@')
  return segment.slice(0, Math.max(0, end)).includes(':') ? `***${segment.slice(end)}` : segment
}

/** `ECONNREFUSED`, `connect ECONNREFUSED 127.0.0.1:5001`: what lies below a refusal, for the operator. */
function causeOf(error: unknown): string | null {
  if (!(error instanceof RequestError) || !(error.cause instanceof Error)) return null
  return error.cause.message
}
