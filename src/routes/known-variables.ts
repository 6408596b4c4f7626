/** Which variables exist without a declaration, and which ones a configuration may set. */
import { builtIns } from './built-in-variables.js'

/** The names without the families `$http_...`, `$arg_...` and so on. */
export const builtInVariables: readonly string[] = [...builtIns.keys()]

const families = /^(http|sent_http|upstream_http|arg|cookie)_./

/** Captures `1` to `9` count as built in. */
export function isBuiltInVariable(name: string): boolean {
  return builtIns.has(name) || families.test(name) || /^[1-9]$/.test(name)
}

/** Headers that nginx itself declares (ngx_http_core_variables). `set` on them is an error there. */
const declaredHeaders = new Set([
  ...['http_host', 'http_user_agent', 'http_referer', 'http_via', 'http_x_forwarded_for', 'http_cookie'],
  ...['sent_http_content_type', 'sent_http_content_length', 'sent_http_location', 'sent_http_last_modified'],
  ...['sent_http_connection', 'sent_http_keep_alive', 'sent_http_transfer_encoding', 'sent_http_cache_control'],
  'sent_http_link',
])

/** `set` and `map` may set new names, `$args`, and the families except nginx's own headers. */
export function isSettableVariable(name: string): boolean {
  if (name === 'args') return true
  return !builtIns.has(name) && !declaredHeaders.has(name) && !/^[1-9]$/.test(name)
}
