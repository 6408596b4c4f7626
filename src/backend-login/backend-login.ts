/** The gate's own login at its backend: what it says there on behalf of every user, as the backend's challenge asks for it. */
import { RequestError } from '../errors/request-error.js'
import type { Secret } from '../errors/secret.js'
import { type Ask, questionFor } from './ask.js'
import { type Challenge, parseChallenges } from './parse-challenge.js'
import { fetchToken, type TokenService, tokenServiceOf } from './token-service.js'
import { createTokens } from './tokens.js'

export type Credentials =
  | { readonly kind: 'password'; readonly username: string; readonly password: Secret }
  | { readonly kind: 'anonymous' }

export interface BackendLoginOptions {
  /** `http://host:port` or `https://host:port`. */
  readonly backend: string
  readonly credentials: Credentials
  readonly ask: Ask
  /** Whether certificates of the backend and of its token service must be valid. */
  readonly verify: boolean
  /** Milliseconds, never going back. */
  readonly now: () => number
  /** Milliseconds that an answer of the backend or its token service may take. */
  readonly patienceMs?: number
}

/** The login for one request. */
export interface ScopedLogin {
  /**
   * The Authorization to send; null where the backend asks nobody.
   * @param lasting whether the request has a body, which cannot be sent a second time
   * @throws RequestError 502 or 504 where the gate cannot log in, and why
   */
  authorization(lasting: boolean): Promise<string | null>
  /**
   * Told that the backend answered 401 to what was sent; `authorization` may give something else afterwards.
   * @param challenges the lines of WWW-Authenticate
   * @returns what to say to the client: the gate's own login is not the client's, who must not be asked for another password
   */
  refused(sent: string | null, challenges: readonly string[]): RequestError
}

export interface BackendLogin {
  /** @param scopes of the Docker token specification: `repository:team/app:pull,push` */
  forScopes(scopes: readonly string[]): ScopedLogin
}

/** Docker waits 15 s for an answer when it logs in. */
const usualPatienceMs = 15_000

/** A scheme that is younger would only be found out again. */
const youngMs = 1_000

type Scheme =
  | { readonly kind: 'none' }
  | { readonly kind: 'basic' }
  | { readonly kind: 'bearer'; readonly service: TokenService }

/** Nothing is asked before the first request; the answers are shared by all requests. */
export function createBackendLogin(options: BackendLoginOptions): BackendLogin {
  const { credentials, ask, verify, now, patienceMs = usualPatienceMs } = options
  const backend = new URL(options.backend)
  const basic =
    credentials.kind === 'anonymous'
      ? null
      : `Basic ${Buffer.from(`${credentials.username}:${credentials.password.reveal()}`).toString('base64')}`
  let known: { readonly scheme: Promise<Scheme>; readonly since: number } | null = null

  const findOut = async (): Promise<Scheme> => {
    const url = new URL('/v2/', backend)
    const { status, challenges } = await ask(questionFor(url, { authorization: null, verify, patienceMs }))
    if (status >= 500) {
      const cause = new Error(`${url.href} answered ${status}`)
      throw new RequestError('backend-answer-invalid', { cause })
    }
    return status === 401 ? schemeOf(parseChallenges(challenges), backend) : { kind: 'none' }
  }
  const scheme = (): Promise<Scheme> => {
    if (known !== null) return known.scheme
    const found = { scheme: findOut(), since: now() }
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
    return fetchToken(ask, found.service, scopes, { authorization: basic, verify, patienceMs })
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
        // Found out anew by a question of our own, and not from these challenges: a registry may make its realm from the Host of
        // the request, and that one is the client's.
        if (known !== null && now() - known.since >= youngMs) known = null
        const [challenge] = parseChallenges(challenges)
        const cause = new Error(`it answered 401 to ${sent === null ? 'no login' : sent.split(' ', 1)[0]}`)
        const tooLittle = challenge?.parameters.get('error') === 'insufficient_scope'
        return new RequestError(tooLittle ? 'backend-denied' : 'backend-refused-login', { cause })
      },
    }),
  }
}

/** Tokens where the backend has them: with them the password goes to the token service alone. */
function schemeOf(challenges: readonly Challenge[], backend: URL): Scheme {
  const bearer = challenges.find(challenge => challenge.scheme === 'bearer')
  if (bearer !== undefined) return { kind: 'bearer', service: tokenServiceOf(bearer, backend) }
  if (challenges.some(challenge => challenge.scheme === 'basic')) return { kind: 'basic' }
  const cause = new Error(`it asks for ${challenges.map(({ scheme }) => scheme).join(', ') || 'a login, but not how'}`)
  throw new RequestError('backend-refused-login', { cause })
}
