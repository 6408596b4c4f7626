/** Requests from this folder to the backend and its token service. The caller supplies the function that sends them. */

/** One GET request. A redirect is not followed, so the password goes to no other host. */
export interface Question {
  /** Exactly one: `https://host:port`. */
  readonly backends: readonly string[]
  readonly verifyBackend: boolean
  readonly method: 'GET'
  /** Path and query. */
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  /** null: `headers` already holds the Authorization. */
  readonly login: null
  readonly timeoutMs: number
  /** Limit for the body of the response. */
  readonly maxBytes: number
}

export interface Reply {
  readonly status: number
  /** The lines of WWW-Authenticate. */
  readonly challenges: readonly string[]
  readonly body: Buffer
}

/**
 * @throws RequestError backend-unreachable, backend-answer-invalid or backend-timeout if no complete response arrives
 *   in time
 */
export type Ask = (question: Question) => Promise<Reply>

export interface AskOptions {
  readonly authorization: string | null
  /** Whether the certificate of an https address must be valid. */
  readonly verify: boolean
  readonly timeoutMs: number
}

/** Bytes of a response. Registry clients also accept no longer response from a token service. */
const maxBytes = 64 * 1024

export const createQuestion = (url: URL, { authorization, verify, timeoutMs }: AskOptions): Question => ({
  backends: [url.origin],
  verifyBackend: verify,
  method: 'GET',
  target: `${url.pathname}${url.search}`,
  headers: {
    host: url.host,
    accept: 'application/json',
    'user-agent': 'portcullis',
    ...(authorization === null ? {} : { authorization }),
  },
  login: null,
  timeoutMs,
  maxBytes,
})
