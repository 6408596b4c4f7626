/** Every answer that refuses a request: one row per code, thrown by code, turned into HTTP only by gateway/respond.ts. */

interface Row {
  readonly status: number
  /** The code of the OCI distribution specification that clients understand. */
  readonly code: string
  readonly message: string
}

/**
 * Codes: OCI distribution-spec 1.1, "Error Codes"; UNAVAILABLE and UNKNOWN as distribution uses them.
 * Status of each: the same documents, and RFC 9110 for the ones about HTTP itself.
 */
export const requestErrors = {
  'bad-request': { status: 400, code: 'UNSUPPORTED', message: 'the request is malformed' },
  'proxy-without-tls': {
    status: 400,
    code: 'UNSUPPORTED',
    message: 'a proxy sent this as plain HTTP to a port that speaks TLS: the proxy has to speak https to the gate',
  },
  'path-not-canonical': { status: 400, code: 'NAME_INVALID', message: 'the path is not in its canonical form' },
  'credentials-required': { status: 401, code: 'UNAUTHORIZED', message: 'authentication required' },
  'credentials-wrong': { status: 401, code: 'UNAUTHORIZED', message: 'user name or password is wrong' },
  'token-invalid': { status: 401, code: 'UNAUTHORIZED', message: 'the token is invalid or has expired' },
  'scope-insufficient': { status: 401, code: 'UNAUTHORIZED', message: 'the token does not grant this' },
  denied: { status: 403, code: 'DENIED', message: 'access to the resource is denied' },
  // Clients that hold a token take only this status for an answer about what they may do.
  'denied-by-challenge': { status: 401, code: 'DENIED', message: 'access to the resource is denied' },
  'tag-immutable': { status: 403, code: 'DENIED', message: 'the tag is immutable' },
  'not-found': { status: 404, code: 'UNSUPPORTED', message: 'nothing is served under this path' },
  'name-unknown': { status: 404, code: 'NAME_UNKNOWN', message: 'repository name not known to registry' },
  'manifest-unknown': { status: 404, code: 'MANIFEST_UNKNOWN', message: 'manifest unknown' },
  'blob-unknown': { status: 404, code: 'BLOB_UNKNOWN', message: 'blob unknown to registry' },
  'upload-unknown': { status: 404, code: 'BLOB_UPLOAD_UNKNOWN', message: 'blob upload unknown to registry' },
  'name-invalid': { status: 400, code: 'NAME_INVALID', message: 'invalid repository name' },
  'tag-invalid': { status: 400, code: 'TAG_INVALID', message: 'invalid tag name' },
  'digest-invalid': { status: 400, code: 'DIGEST_INVALID', message: 'invalid digest' },
  'digest-wrong': { status: 400, code: 'DIGEST_INVALID', message: 'provided digest did not match uploaded content' },
  'size-invalid': { status: 400, code: 'SIZE_INVALID', message: 'provided length did not match content length' },
  'upload-busy': {
    status: 409,
    code: 'BLOB_UPLOAD_INVALID',
    message: 'another request is writing to this blob upload',
  },
  'upload-invalid': { status: 400, code: 'BLOB_UPLOAD_INVALID', message: 'blob upload invalid' },
  'manifest-invalid': { status: 400, code: 'MANIFEST_INVALID', message: 'manifest invalid' },
  'manifest-blob-unknown': {
    status: 400,
    code: 'MANIFEST_BLOB_UNKNOWN',
    message: 'manifest references a manifest or blob unknown to registry',
  },
  'pagination-invalid': { status: 400, code: 'PAGINATION_NUMBER_INVALID', message: 'invalid number of results' },
  'method-not-allowed': { status: 405, code: 'UNSUPPORTED', message: 'the operation is unsupported' },
  'too-slow': { status: 408, code: 'UNSUPPORTED', message: 'the request header took too long to arrive' },
  'body-too-large': { status: 413, code: 'SIZE_INVALID', message: 'the body is larger than the limit' },
  'range-invalid': { status: 416, code: 'RANGE_INVALID', message: 'the range is not satisfiable' },
  misdirected: { status: 421, code: 'UNSUPPORTED', message: 'this gate does not answer for the name that was asked' },
  'headers-too-large': { status: 431, code: 'UNSUPPORTED', message: 'the request header is too large' },
  busy: { status: 503, code: 'TOOMANYREQUESTS', message: 'too many logins are waiting to be checked' },
  'too-many-wrong-passwords': {
    status: 429,
    code: 'TOOMANYREQUESTS',
    message: 'too many wrong passwords: try again later',
  },
  'backend-denied': {
    status: 403,
    code: 'DENIED',
    message: 'the registry behind this gate does not let the gate itself do this',
  },
  'backend-refused-login': {
    status: 502,
    code: 'UNAVAILABLE',
    message: "the registry behind this gate refuses the gate's own login",
  },
  'backend-unreachable': {
    status: 502,
    code: 'UNAVAILABLE',
    message: 'the registry behind this gate cannot be reached',
  },
  'backend-answer-invalid': {
    status: 502,
    code: 'UNAVAILABLE',
    message: 'the registry behind this gate gave no valid answer',
  },
  'backend-timeout': {
    status: 504,
    code: 'UNAVAILABLE',
    message: 'the registry behind this gate did not answer in time',
  },
  'not-ready': { status: 503, code: 'UNAVAILABLE', message: 'the gate cannot serve at the moment' },
  'users-unavailable': { status: 503, code: 'UNAVAILABLE', message: 'the list of users cannot be read at the moment' },
  'read-only': { status: 503, code: 'UNAVAILABLE', message: 'the registry is read-only at the moment' },
  'storage-unwritable': {
    status: 503,
    code: 'UNAVAILABLE',
    message: 'the registry cannot write to its storage',
  },
  'storage-full': { status: 507, code: 'UNAVAILABLE', message: 'the registry has no space left' },
  internal: { status: 500, code: 'UNKNOWN', message: 'unknown error' },
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

/** Refuses the request in hand. */
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
    super(options.message ?? row.message, { cause: options.cause })
    this.status = row.status
    this.ociCode = row.code
    this.detail = options.detail ?? null
    this.headers = options.headers ?? {}
  }
}
