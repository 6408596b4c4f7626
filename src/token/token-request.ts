/** Reads what a client asks the token endpoint for, by GET (token.md) and by POST (oauth.md of distribution's docs/content/spec/auth). */
import { RequestError } from '../errors/request-error.js'
import { Secret } from '../errors/secret.js'
import type { Scope } from './model.js'
import { parseScopes } from './scope.js'

/** Who asks, and how that is proved. */
export type Proof =
  /** By the Authorization header; without one it is anonymous. */
  | { readonly kind: 'header' }
  | { readonly kind: 'password'; readonly user: string; readonly password: Secret }
  | { readonly kind: 'identity'; readonly token: Secret }

export interface TokenRequest {
  readonly proof: Proof
  /** null where it is not said. */
  readonly service: string | null
  /** What the client calls itself, printable and at most 64 characters; '' where it is not said. */
  readonly client: string
  readonly scopes: readonly Scope[]
  /** Whether an identity token is wanted, to be kept instead of a password. */
  readonly offline: boolean
}

/** Bytes of a form, and characters of a query. */
const maxFormBytes = 65_536

/** Parameters that may appear once only: of two values, the gate and a reader of the log could take different ones. */
const single = ['service', 'client_id', 'account', 'offline_token', 'access_type']
const singleInForm = [...single, 'grant_type', 'username', 'password', 'refresh_token']

/** @param query what stands behind the `?`, or ''. Throws RequestError `bad-request`. */
export function parseTokenQuery(query: string): TokenRequest {
  const parameters = parse(query, single)
  return { ...common(parameters), proof: { kind: 'header' } }
}

/** @param body an urlencoded form. Throws RequestError `bad-request`. */
export function parseTokenForm(contentType: string | undefined, body: string): TokenRequest {
  const type = (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase()
  if (type !== 'application/x-www-form-urlencoded')
    throw malformed('the body must be application/x-www-form-urlencoded')
  const parameters = parse(body, singleInForm)
  return { ...common(parameters), proof: proofOf(parameters) }
}

/** The form of a request, which may come in pieces without a length. Throws RequestError `body-too-large`. */
export async function readTokenForm(body: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = []
  let bytes = 0
  for await (const piece of body) {
    bytes += piece.length
    if (bytes > maxFormBytes) throw new RequestError('body-too-large')
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString('utf8')
}

function parse(text: string, once: readonly string[]): URLSearchParams {
  if (text.length > maxFormBytes) throw malformed('the token request is too long')
  const parameters = new URLSearchParams(text)
  const repeated = once.find(name => parameters.getAll(name).length > 1)
  if (repeated !== undefined) throw malformed(`${repeated} is given more than once`)
  return parameters
}

function common(parameters: URLSearchParams): Omit<TokenRequest, 'proof'> {
  return {
    service: parameters.get('service'),
    client: (parameters.get('client_id') ?? '').replace(/[^ -~]/g, '').slice(0, 64),
    scopes: parseScopes(parameters.getAll('scope')),
    offline: parameters.get('offline_token') === 'true' || parameters.get('access_type') === 'offline',
  }
}

function proofOf(parameters: URLSearchParams): Proof {
  const grant = parameters.get('grant_type')
  if (grant === 'password') {
    return {
      kind: 'password',
      user: required(parameters, 'username'),
      password: new Secret(required(parameters, 'password')),
    }
  }
  if (grant === 'refresh_token') {
    return { kind: 'identity', token: new Secret(required(parameters, 'refresh_token')) }
  }
  throw malformed('grant_type must be password or refresh_token')
}

function required(parameters: URLSearchParams, name: string): string {
  const value = parameters.get(name)
  if (value === null || value === '') throw malformed(`${name} is missing`)
  return value
}

const malformed = (message: string) => new RequestError('bad-request', { message })
