/** Gets tokens where a backend's challenge says: GET with the gate's credentials (distribution, docs/content/spec/auth/token.md). */
import { z } from 'zod'
import { RequestError, type RequestErrorCode } from '../errors/request-error.js'
import { type Ask, type Manner, questionFor, type Reply } from './ask.js'
import type { Challenge } from './parse-challenge.js'
import type { IssuedToken } from './tokens.js'

export interface TokenService {
  readonly realm: URL
  /** null where the challenge names none. */
  readonly service: string | null
}

/**
 * Where to ask for tokens.
 * @throws RequestError 502 for a realm that is no address, and for one without TLS where the backend itself has it: the gate's
 * password would go over the network in the clear
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

const whom = 'the token service of the registry behind this gate'

/** Those of the table are about the registry itself. */
const messages = {
  'backend-unreachable': `${whom} cannot be reached`,
  'backend-timeout': `${whom} did not answer in time`,
  'backend-answer-invalid': `${whom} gave no valid answer`,
} as const

/** Milliseconds that a token lives whose life is not told (the specification's default). */
const usualLifeMs = 60_000

/** Nobody's clock is asked about longer ones. */
const longestLifeMs = 86_400_000

const answerSchema = z.object({
  token: z.string().nullish(),
  access_token: z.string().nullish(),
  expires_in: z.number().positive().nullish().catch(null),
})

/**
 * @param manner without an Authorization the token is an anonymous one
 * @throws RequestError 502 or 504 where there is no token to be had, and why
 */
export async function fetchToken(
  ask: Ask,
  { realm, service }: TokenService,
  scopes: readonly string[],
  manner: Manner,
): Promise<IssuedToken> {
  const url = new URL(realm)
  if (service !== null) url.searchParams.set('service', service)
  for (const scope of scopes) url.searchParams.append('scope', scope)
  const { status, body } = await ask(questionFor(url, manner)).catch(namingTheService)
  const cause = new Error(`${realm.origin}${realm.pathname} answered ${status}`)
  if (status === 401 || status === 403) throw new RequestError('backend-refused-login', { cause })
  if (status === 429 || status >= 500) {
    const message = `${whom} cannot serve at the moment`
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
  // It stands in a header soon.
  if (!/^[\x21-\x7e]+$/.test(value)) throw invalid(' without a token')
  const lifeMs = Math.min((answer?.expires_in ?? usualLifeMs / 1_000) * 1_000, longestLifeMs)
  return { value, lifeMs }
}

function namingTheService(error: unknown): Promise<Reply> {
  if (!(error instanceof RequestError)) throw error
  const { code, cause } = error
  if (!isAboutAnswer(code)) throw error
  throw new RequestError(code, { message: messages[code], cause })
}

const isAboutAnswer = (code: RequestErrorCode): code is keyof typeof messages => Object.hasOwn(messages, code)

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
