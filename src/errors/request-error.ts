/** Every answer that refuses a request: one row per code, thrown by code, turned into HTTP only by gateway/respond.ts. */

interface Row {
  readonly status: number
  /** The code of the OCI distribution specification that clients understand. */
  readonly code: string
  readonly message: string
  /** For the operator: what it comes from, or what helps. Stands in docs/errors.md. */
  readonly help: string
}

/**
 * Codes: OCI distribution-spec 1.1, "Error Codes"; UNAVAILABLE and UNKNOWN as distribution uses them.
 * Status of each: the same documents, and RFC 9110 for the ones about HTTP itself.
 */
export const requestErrors = {
  'bad-request': {
    status: 400,
    code: 'UNSUPPORTED',
    message: 'the request is malformed',
    help: 'The client sent a header, query or body that no two servers read alike. The message says which.',
  },
  'path-not-canonical': {
    status: 400,
    code: 'NAME_INVALID',
    message: 'the path is not in its canonical form',
    help: 'The path has %-escapes, empty segments or dot segments below /v2/. Clients write it plainly.',
  },
  'credentials-required': {
    status: 401,
    code: 'UNAUTHORIZED',
    message: 'authentication required',
    help: 'The client sent no login. Docker asks for one after this answer; a person uses `docker login`.',
  },
  'credentials-wrong': {
    status: 401,
    code: 'UNAUTHORIZED',
    message: 'user name or password is wrong',
    help: 'The user is unknown or the password is wrong. `portcullis users verify NAME` tells which.',
  },
  'token-invalid': {
    status: 401,
    code: 'UNAUTHORIZED',
    message: 'the token is invalid or has expired',
    help: 'The token has expired, or its user was removed or has a new password. Clients fetch another one.',
  },
  'scope-insufficient': {
    status: 401,
    code: 'UNAUTHORIZED',
    message: 'the token does not grant this',
    help: 'The token is for another repository or action. Clients fetch another one.',
  },
  denied: {
    status: 403,
    code: 'DENIED',
    message: 'access to the resource is denied',
    help: 'An access rule denies it, or none allows it. `portcullis access test` says which.',
  },
  // Clients that hold a token take only this status for an answer about what they may do.
  'denied-by-challenge': {
    status: 401,
    code: 'DENIED',
    message: 'access to the resource is denied',
    help: 'As `denied`, for a client that holds a token.',
  },
  'tag-immutable': {
    status: 403,
    code: 'DENIED',
    message: 'the tag is immutable',
    help: 'A pattern of `immutable` keeps the tag. The message names the pattern and its line.',
  },
  'not-found': {
    status: 404,
    code: 'UNSUPPORTED',
    message: 'nothing is served under this path',
    help: 'No location or route serves the path.',
  },
  'name-unknown': {
    status: 404,
    code: 'NAME_UNKNOWN',
    message: 'repository name not known to registry',
    help: 'The repository has nothing in it.',
  },
  'manifest-unknown': {
    status: 404,
    code: 'MANIFEST_UNKNOWN',
    message: 'manifest unknown',
    help: 'No manifest has this tag or digest.',
  },
  'blob-unknown': {
    status: 404,
    code: 'BLOB_UNKNOWN',
    message: 'blob unknown to registry',
    help: 'The repository has no blob of this digest.',
  },
  'upload-unknown': {
    status: 404,
    code: 'BLOB_UPLOAD_UNKNOWN',
    message: 'blob upload unknown to registry',
    help: 'The upload has ended, was cancelled, or was cleared away. Clients begin again.',
  },
  'name-invalid': {
    status: 400,
    code: 'NAME_INVALID',
    message: 'invalid repository name',
    help: 'The name breaks the grammar of the specification: lower case, digits, and `.`, `_`, `-` between them.',
  },
  'tag-invalid': {
    status: 400,
    code: 'TAG_INVALID',
    message: 'invalid tag name',
    help: 'The tag breaks the grammar of the specification.',
  },
  'digest-invalid': {
    status: 400,
    code: 'DIGEST_INVALID',
    message: 'invalid digest',
    help: 'The digest breaks the grammar of the specification.',
  },
  'digest-wrong': {
    status: 400,
    code: 'DIGEST_INVALID',
    message: 'provided digest did not match uploaded content',
    help: 'The content does not have the digest that the client named. It was damaged on its way, or changed.',
  },
  'size-invalid': {
    status: 400,
    code: 'SIZE_INVALID',
    message: 'provided length did not match content length',
    help: 'The content does not have the length that the client named.',
  },
  'upload-busy': {
    status: 409,
    code: 'BLOB_UPLOAD_INVALID',
    message: 'another request is writing to this blob upload',
    help: 'Two requests write to the same upload.',
  },
  'upload-invalid': {
    status: 400,
    code: 'BLOB_UPLOAD_INVALID',
    message: 'blob upload invalid',
    help: 'The part of the upload does not fit behind what is there.',
  },
  'manifest-invalid': {
    status: 400,
    code: 'MANIFEST_INVALID',
    message: 'manifest invalid',
    help: 'The manifest is no JSON of a kind that a registry takes. The message says what is wrong.',
  },
  'manifest-blob-unknown': {
    status: 400,
    code: 'MANIFEST_BLOB_UNKNOWN',
    message: 'manifest references a manifest or blob unknown to registry',
    help: 'The manifest names a blob or manifest that was not pushed before. Clients push those first.',
  },
  'pagination-invalid': {
    status: 400,
    code: 'PAGINATION_NUMBER_INVALID',
    message: 'invalid number of results',
    help: '`n` is no number of results.',
  },
  'method-not-allowed': {
    status: 405,
    code: 'UNSUPPORTED',
    message: 'the operation is unsupported',
    help: 'The path does not take this method. The header Allow names those that it takes.',
  },
  'too-slow': {
    status: 408,
    code: 'UNSUPPORTED',
    message: 'the request header took too long to arrive',
    help: 'The client did not send its request header in time.',
  },
  'body-too-large': {
    status: 413,
    code: 'SIZE_INVALID',
    message: 'the body is larger than the limit',
    help: '`client_max_body_size` or the limit of a manifest is lower than the body.',
  },
  'range-invalid': {
    status: 416,
    code: 'RANGE_INVALID',
    message: 'the range is not satisfiable',
    help: 'The range lies outside the content.',
  },
  misdirected: {
    status: 421,
    code: 'UNSUPPORTED',
    message: 'this gate does not answer for the name that was asked',
    help: 'The client asked for a name that the certificate, `--host` and `server_name` do not have.',
  },
  'headers-too-large': {
    status: 431,
    code: 'UNSUPPORTED',
    message: 'the request header is too large',
    help: 'The request header has more than 32 KiB or more than 256 lines.',
  },
  busy: {
    status: 503,
    code: 'TOOMANYREQUESTS',
    message: 'too many logins are waiting to be checked',
    help: 'More passwords wait to be checked than the queue takes. Somebody may be guessing.',
  },
  'too-many-wrong-passwords': {
    status: 429,
    code: 'TOOMANYREQUESTS',
    message: 'too many wrong passwords: try again later',
    help: 'The address or user is locked for a while. See `login_limits`.',
  },
  'too-many-requests': {
    status: 429,
    code: 'TOOMANYREQUESTS',
    message: 'too many requests of this kind are under way for you: try again later',
    help: 'More than a hundred requests of one user wait for work such as catalogs or lists of tags, or one has waited for 30 seconds.',
  },
  'backend-denied': {
    status: 403,
    code: 'DENIED',
    message: 'the registry behind this gate does not let the gate itself do this',
    help: "The gate's own account at the backend lacks the right. See `backend_login`.",
  },
  'backend-refused-login': {
    status: 502,
    code: 'UNAVAILABLE',
    message: "the registry behind this gate refuses the gate's own login",
    help: "The gate's own account at the backend has another password. See `backend_login`.",
  },
  'backend-unreachable': {
    status: 502,
    code: 'UNAVAILABLE',
    message: 'the registry behind this gate cannot be reached',
    help: 'No connection to the backend came about, or it broke. `cause` has the error of the system.',
  },
  'backend-answer-invalid': {
    status: 502,
    code: 'UNAVAILABLE',
    message: 'the registry behind this gate gave no valid answer',
    help: "The backend's answer is no HTTP, or not what a registry answers. `cause` says more.",
  },
  'backend-timeout': {
    status: 504,
    code: 'UNAVAILABLE',
    message: 'the registry behind this gate did not answer in time',
    help: 'The backend said nothing for `proxy_read_timeout`.',
  },
  'not-ready': {
    status: 503,
    code: 'UNAVAILABLE',
    message: 'the gate cannot serve at the moment',
    help: 'The gate lacks something that it needs, such as keys or storage. `cause` says what.',
  },
  'users-unavailable': {
    status: 503,
    code: 'UNAVAILABLE',
    message: 'the list of users cannot be read at the moment',
    help: 'The htpasswd file cannot be read. The line before says why.',
  },
  'read-only': {
    status: 503,
    code: 'UNAVAILABLE',
    message: 'the registry is read-only at the moment',
    help: '`portcullis readonly on` is in force.',
  },
  'storage-full': {
    status: 507,
    code: 'UNAVAILABLE',
    message: 'the registry has no space left',
    help: 'The disk of the embedded registry has no space or no inodes left.',
  },
  internal: {
    status: 500,
    code: 'UNKNOWN',
    message: 'unknown error',
    help: 'A fault of the gate itself. The line before has its stack: please report it.',
  },
} as const satisfies Record<string, Row>

export type RequestErrorCode = keyof typeof requestErrors

export interface RequestErrorOptions {
  /** Goes into the body's `detail`, as JSON. Never a secret. */
  readonly detail?: unknown
  /** Replaces the table's message where more can be said. */
  readonly message?: string
  /** Extra response headers, such as Retry-After. */
  readonly headers?: Readonly<Record<string, string>>
  readonly cause?: unknown
}

/** Characters of a message: it goes into the answer, its status line and the log, and may quote what a client has sent. */
const maxMessage = 1_000

const shortened = (message: string) => (message.length <= maxMessage ? message : `${message.slice(0, maxMessage - 1)}…`)

/** Refuses the request in hand; a message that is too long is cut. */
export class RequestError extends Error {
  override readonly name = 'RequestError'
  readonly status: number
  readonly ociCode: string
  readonly detail: unknown
  readonly headers: Readonly<Record<string, string>>

  constructor(
    readonly code: RequestErrorCode,
    options: RequestErrorOptions = {},
  ) {
    const row = requestErrors[code]
    super(shortened(options.message ?? row.message), { cause: options.cause })
    this.status = row.status
    this.ociCode = row.code
    this.detail = options.detail ?? null
    this.headers = options.headers ?? {}
  }
}
