/**
 * The gate's own login at its backend: the Authorization that it sends for all users, in the scheme that the backend's
 * challenge demands. (decision W13)
 */
import { RequestError } from '../errors/request-error.js'
import type { Secret } from '../errors/secret.js'
import { type Ask, createQuestion } from './ask.js'
import { type ParsedChallenge, parseChallenges } from './parse-challenge.js'
import { fetchToken, type UpstreamTokenService, upstreamTokenServiceOf } from './token-service.js'
import { createTokens } from './tokens.js'

export type UpstreamAccount =
  | { readonly kind: 'password'; readonly username: string; readonly password: Secret }
  | { readonly kind: 'anonymous' }

export interface BackendLoginOptions {
  /** `http://host:port` or `https://host:port`. */
  readonly backend: string
  readonly credentials: UpstreamAccount
  readonly ask: Ask
  /** Whether the certificates of the backend and its token service must be valid. */
  readonly verify: boolean
  /** Monotonic clock, in milliseconds. */
  readonly now: () => number
  /** Time limit for a response of the backend or its token service. */
  readonly timeoutMs?: number
}

/** The login for requests with one set of scopes. */
export interface ScopedLogin {
  /**
   * Returns the Authorization to send; null if the backend demands no login.
   * @param lasting whether the request has a body, which cannot be sent a second time
   * @throws RequestError 502 or 504 with the reason if the gate cannot log in
   */
  authorization(lasting: boolean): Promise<string | null>
  /**
   * Reports that the backend answered 401 to the Authorization that was sent. `authorization` may return another one
   * afterwards.
   * @param challenges the lines of WWW-Authenticate
   * @returns the error for the client. It is not a 401: the login is the gate's own, so the client must not be asked
   *   for another password
   */
  refused(sent: string | null, challenges: readonly string[]): RequestError
}

export interface BackendLogin {
  /** @param scopes in the form of the Docker token specification: `repository:team/app:pull,push` */
  forScopes(scopes: readonly string[]): ScopedLogin
}

/** Docker waits 15 s for an answer when it logs in. */
const defaultTimeoutMs = 15_000

/** A scheme below this age is kept: a new request to the backend would return the same one. */
const minAgeMs = 1_000

type Scheme =
  | { readonly kind: 'none' }
  | { readonly kind: 'basic' }
  | { readonly kind: 'bearer'; readonly service: UpstreamTokenService }

/** Sends no request before the first call. All requests share the results. */
export function createBackendLogin(options: BackendLoginOptions): BackendLogin {
  const { credentials, ask, verify, now, timeoutMs = defaultTimeoutMs } = options
  const backend = new URL(options.backend)
  const basic =
    credentials.kind === 'anonymous'
      ? null
      : `Basic ${Buffer.from(`${credentials.username}:${credentials.password.reveal()}`).toString('base64')}`
  let known: { readonly scheme: Promise<Scheme>; readonly since: number } | null = null

  const fetchScheme = async (): Promise<Scheme> => {
    const url = new URL('/v2/', backend)
    const { status, challenges } = await ask(createQuestion(url, { authorization: null, verify, timeoutMs }))
    if (status >= 500) {
      const cause = new Error(`${url.href} answered ${status}`)
      throw new RequestError('backend-answer-invalid', { cause })
    }
    return status === 401 ? schemeOf(parseChallenges(challenges), backend) : { kind: 'none' }
  }
  const scheme = (): Promise<Scheme> => {
    if (known !== null) return known.scheme
    const found = { scheme: fetchScheme(), since: now() }
    known = found
    found.scheme.catch(() => {
      if (known === found) known = null
    })
    return found.scheme
  }
  const tokens = createTokens(async scopes => {
    const found = await scheme()
    if (found.kind !== 'bearer')
      throw new RequestError('backend-refused-login', { cause: new Error('no token is asked for') })
    return fetchToken(ask, found.service, scopes, { authorization: basic, verify, timeoutMs })
  }, now)

  return {
    forScopes: scopes => ({
      async authorization(lasting) {
        const found = await scheme()
        if (found.kind === 'none') return null
        if (found.kind === 'bearer') return `Bearer ${await tokens.get(scopes, lasting)}`
        if (basic !== null) return basic
        const cause = new Error('it asks for a user name and a password, and the gate has none')
        throw new RequestError('backend-refused-login', { cause })
      },
      refused(sent, challenges) {
        if (sent?.startsWith('Bearer ')) tokens.refused(scopes, sent.slice('Bearer '.length))
        // The scheme is fetched again with a separate request, not read from these challenges: a registry may derive
        // its realm from the Host header, which the client controls here.
        if (known !== null && now() - known.since >= minAgeMs) known = null
        const [challenge] = parseChallenges(challenges)
        const cause = new Error(`it answered 401 to ${sent === null ? 'no login' : sent.split(' ', 1)[0]}`)
        const isInsufficient = challenge?.parameters.get('error') === 'insufficient_scope'
        return new RequestError(isInsufficient ? 'backend-denied' : 'backend-refused-login', { cause })
      },
    }),
  }
}

/** Prefers tokens if the backend offers them: then only the token service receives the password. */
function schemeOf(challenges: readonly ParsedChallenge[], backend: URL): Scheme {
  const bearer = challenges.find(challenge => challenge.scheme === 'bearer')
  if (bearer !== undefined) return { kind: 'bearer', service: upstreamTokenServiceOf(bearer, backend) }
  if (challenges.some(challenge => challenge.scheme === 'basic')) return { kind: 'basic' }
  const cause = new Error(`it asks for ${challenges.map(({ scheme }) => scheme).join(', ') || 'a login, but not how'}`)
  throw new RequestError('backend-refused-login', { cause })
}
