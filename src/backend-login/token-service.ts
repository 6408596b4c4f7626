/**
 * Fetches tokens from the service that a backend's challenge names: GET with the gate's credentials (distribution,
 * docs/content/spec/auth/token.md).
 */
import { z } from 'zod'
import { RequestError, type RequestErrorCode } from '../errors/request-error.js'
import { type Ask, type AskOptions, createQuestion, type Reply } from './ask.js'
import type { Challenge } from './parse-challenge.js'
import type { IssuedToken } from './tokens.js'

export interface TokenService {
  readonly realm: URL
  /** null if the challenge names none. */
  readonly service: string | null
}

/**
 * Reads the address of the token service from a challenge.
 * @throws RequestError 502 if the realm is not a URL, or if it has no TLS although the backend has: the gate's password
 *   would cross the network unencrypted
 */
export function tokenServiceOf({ parameters }: Challenge, backend: URL): TokenService {
  const realm = parameters.get('realm') ?? ''
  const refuse = (reason: string) =>
    new RequestError('backend-answer-invalid', { cause: new Error(`the realm of its challenge ${reason}`) })
  if (!URL.canParse(realm)) throw refuse('is no address')
  const url = new URL(realm)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw refuse(`begins with ${url.protocol}`)
  if (url.protocol === 'http:' && backend.protocol === 'https:')
    throw refuse(`has no TLS (http://${url.host}), though the registry itself has`)
  if (url.username !== '' || url.password !== '') throw refuse('holds a user name')
  return { realm: url, service: parameters.get('service') || null }
}

const subject = 'the token service of the registry behind this gate'

/** The table in errors/request-error.ts has the texts for the registry itself; these are for its token service. */
const messages = {
  'backend-unreachable': `${subject} cannot be reached`,
  'backend-timeout': `${subject} did not answer in time`,
  'backend-answer-invalid': `${subject} gave no valid answer`,
} as const

/** Lifetime in milliseconds of a token without `expires_in` (the default of the specification). */
const defaultLifetimeMs = 60_000

/** Upper bound for the lifetime that a token service may set. */
const maxLifetimeMs = 86_400_000

const answerSchema = z.object({
  token: z.string().nullish(),
  access_token: z.string().nullish(),
  expires_in: z.number().positive().nullish().catch(null),
})

/**
 * @param options without an Authorization the token is anonymous
 * @throws RequestError 502 or 504 with the reason if no token can be fetched
 */
export async function fetchToken(
  ask: Ask,
  { realm, service }: TokenService,
  scopes: readonly string[],
  options: AskOptions,
): Promise<IssuedToken> {
  const url = new URL(realm)
  if (service !== null) url.searchParams.set('service', service)
  for (const scope of scopes) url.searchParams.append('scope', scope)
  const { status, body } = await ask(createQuestion(url, options)).catch(nameTokenService)
  const cause = new Error(`${realm.origin}${realm.pathname} answered ${status}`)
  if (status === 401 || status === 403) throw new RequestError('backend-refused-login', { cause })
  if (status === 429 || status >= 500) {
    const message = `${subject} cannot serve at the moment`
    throw new RequestError('backend-unreachable', { message, cause, headers: { 'Retry-After': '1' } })
  }
  const invalid = (reason: string) =>
    new RequestError('backend-answer-invalid', {
      message: messages['backend-answer-invalid'],
      cause: new Error(`${cause.message}${reason}`),
    })
  if (status !== 200) throw invalid('')
  const answer = answerSchema.safeParse(parseJson(body.toString('utf8'))).data
  const value = answer?.token || answer?.access_token || ''
  // The token goes into a header, so it must consist of visible ASCII characters.
  if (!/^[\x21-\x7e]+$/.test(value)) throw invalid(' without a token')
  const lifetimeMs = Math.min((answer?.expires_in ?? defaultLifetimeMs / 1_000) * 1_000, maxLifetimeMs)
  return { value, lifetimeMs }
}

function nameTokenService(error: unknown): Promise<Reply> {
  if (!(error instanceof RequestError)) throw error
  const { code, cause } = error
  if (!concernsAnswer(code)) throw error
  throw new RequestError(code, { message: messages[code], cause })
}

const concernsAnswer = (code: RequestErrorCode): code is keyof typeof messages => Object.hasOwn(messages, code)

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
