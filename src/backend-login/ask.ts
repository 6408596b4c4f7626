/** Questions to the backend and to its token service, as this folder asks them; how they are sent is given to it. */

/** A redirect is an answer like any other: the password goes nowhere else. */
export interface Question {
  /** One: `https://host:port`. */
  readonly backends: readonly string[]
  readonly verifyBackend: boolean
  readonly method: 'GET'
  /** Path and query. */
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  /** The headers say it all. */
  readonly login: null
  readonly patienceMs: number
  /** Of the body. */
  readonly mostBytes: number
}

export interface Reply {
  readonly status: number
  /** The lines of WWW-Authenticate. */
  readonly challenges: readonly string[]
  readonly body: Buffer
}

/** @throws RequestError backend-unreachable, backend-answer-invalid or backend-timeout where no whole answer comes in time */
export type Ask = (question: Question) => Promise<Reply>

export interface Manner {
  readonly authorization: string | null
  /** Whether the certificate of an https address must be valid. */
  readonly verify: boolean
  /** Milliseconds. */
  readonly patienceMs: number
}

/** Bytes of an answer; clients of registries take no longer ones of a token service either. */
const mostBytes = 64 * 1024

export const questionFor = (url: URL, { authorization, verify, patienceMs }: Manner): Question => ({
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
  patienceMs,
  mostBytes,
})
