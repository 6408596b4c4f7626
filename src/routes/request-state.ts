/** What changes while a request finds its route: its URI, its captures and what nginx keeps beside them. */
import type { HeaderLine } from '../http/header-line.js'
import type { RequestView } from './model.js'
import { normalizeTarget } from './uri.js'

export interface RequestState {
  /** Decoded and normalized, or rewritten; every character is a byte. */
  uri: string
  args: string
  /** GET after a jump to an error page. */
  method: string
  /** The target is malformed: 400. */
  readonly malformed: boolean
  readonly quoted: boolean
  readonly plus: boolean
  /** `$1` to `$9` at 1 to 9, of the regular expression that matched last. */
  captures: readonly string[]
  /** The target can be passed on as it came: nothing was rewritten (nginx: valid_unparsed_uri). */
  targetIsValid: boolean
  /** What the location matched is still the beginning of the URI (valid_location). */
  prefixIsValid: boolean
  /** The URI was made here and not by the client. */
  internal: boolean
  /** A rewrite asks for another search for a location. */
  uriChanged: boolean
  /** Jumps that are left before a cycle is assumed (NGX_HTTP_MAX_URI_CHANGES + 1). */
  changesLeft: number
  errorPageShown: boolean
  /** The status that an error page gives to whatever answers; null for the answer's own. */
  fixedStatus: number | null
  proxyHost: string
  proxyPort: string
  /** The answer, once its head is known. */
  answer: Answer | null
}

export interface Answer {
  readonly status: number
  /** What the backend sent; empty for an answer made here. */
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
