/** Errors outside of the request: limits and faults of the gate, its backend and its storage. */
import type { RequestErrorRow } from './request-error-row.js'

export const gateErrors = {
  busy: {
    status: 503,
    code: 'TOOMANYREQUESTS',
    message: 'too many logins are waiting to be checked',
    help: 'More passwords wait to be checked than the queue takes. An attacker may be guessing them.',
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
    help: "The backend's answer is not HTTP, or not that of a registry. `cause` says more.",
  },
  'backend-timeout': {
    status: 504,
    code: 'UNAVAILABLE',
    message: 'the registry behind this gate did not answer in time',
    help: 'The backend took no connection for 60 s, nothing of a body for `proxy_send_timeout`, or said nothing for `proxy_read_timeout`.',
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
  'storage-unwritable': {
    status: 503,
    code: 'UNAVAILABLE',
    message: 'the registry cannot write to its storage',
    help: 'The disk is mounted read-only, or its owner is another user. `cause` has the error of the system.',
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
    help: 'A bug in the gate. The line before has its stack: please report it.',
  },
} as const satisfies Record<string, RequestErrorRow>
