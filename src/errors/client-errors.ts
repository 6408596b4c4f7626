/** Errors in a request: the client must change something before it tries again. */
import type { RequestErrorRow } from './request-error-row.js'

export const clientErrors = {
  'bad-request': {
    status: 400,
    code: 'UNSUPPORTED',
    message: 'the request is malformed',
    help: 'The client sent a header, query or body that servers interpret differently. The message says which.',
  },
  'proxy-without-tls': {
    status: 400,
    code: 'UNSUPPORTED',
    message: 'a proxy sent this as plain HTTP to a port that speaks TLS: the proxy has to speak https to the gate',
    help: 'A proxy ends TLS and sends plain HTTP to the TLS port of the gate. Let it speak https to the gate.',
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
  // Clients with a token accept a denial only with this status.
  'denied-by-challenge': {
    status: 401,
    code: 'DENIED',
    message: 'access to the resource is denied',
    help: 'As `denied`, for a client that holds a token.',
  },
  // 403 and not 400: some clients repeat a push in other formats after a 400. (decision E6)
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
    help: 'The manifest is not JSON of a kind that a registry accepts. The message says what is wrong.',
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
    help: '`n` is not a number of results.',
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
} as const satisfies Record<string, RequestErrorRow>
