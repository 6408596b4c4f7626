/** The state of a request during routing: its URI, its captures, and the flags that nginx keeps. */
import type { HeaderLine } from '../http/header-line.js'
import type { RequestView } from './model.js'
import { normalizeTarget } from './uri.js'

export interface RequestState {
  /** Decoded and normalized, or rewritten; each character is one byte. */
  uri: string
  args: string
  /** Becomes GET after a jump to an error page. */
  method: string
  /** Whether the target is malformed: 400. */
  readonly malformed: boolean
  readonly quoted: boolean
  readonly plus: boolean
  /** `$1` to `$9` at 1 to 9, of the last matching regular expression. */
  captures: readonly string[]
  /** Whether the target can be forwarded unchanged: nothing was rewritten (nginx: valid_unparsed_uri). */
  targetIsValid: boolean
  /** Whether the URI still begins with the part that the location matched (valid_location). */
  prefixIsValid: boolean
  /** Whether the gate made the URI, and not the client. */
  internal: boolean
  /** Whether a rewrite demands another search for a location. */
  uriChanged: boolean
  /** Remaining jumps before a cycle is assumed (NGX_HTTP_MAX_URI_CHANGES + 1). */
  changesLeft: number
  errorPageShown: boolean
  /** The status that an error page sets on the response; null for the response's own status. */
  fixedStatus: number | null
  proxyHost: string
  proxyPort: string
  /** The response, once its head is known. */
  answer: Answer | null
}

export interface Answer {
  readonly status: number
  /** The backend's headers; empty for the gate's own response. */
  readonly headers: readonly HeaderLine[]
}

export function initialState(view: RequestView): RequestState {
  const target = normalizeTarget(view.target)
  return {
    uri: target?.uri ?? view.target,
    args: target?.args ?? '',
    method: view.method,
    malformed: target === null,
    quoted: target?.quoted ?? false,
    plus: target?.plus ?? false,
    captures: [],
    targetIsValid: true,
    prefixIsValid: true,
    internal: false,
    uriChanged: false,
    changesLeft: 11,
    errorPageShown: false,
    fixedStatus: null,
    proxyHost: '',
    proxyPort: '',
    answer: null,
  }
}
