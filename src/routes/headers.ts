/** The headers that a route adds: to the request for the backend (`proxy_set_header`) and to the answer (`add_header`). */
import type { HeaderLine } from '../http/header-line.js'
import type { Decision } from './route-request.js'
import { headerValue } from './template.js'
import type { Variables } from './variables.js'

/**
 * In the configured order; a Host that nobody configured is that of the backend, as in nginx. An empty value means that
 * the header is not sent, not even the client's own.
 */
export function headersForBackend({ route }: Decision, variables: Variables): readonly HeaderLine[] {
  const lines = route.backendHeaders.map(({ name, value }) => ({ name, value: headerValue(value, variables) }))
  const hasHost = lines.some(line => line.name.toLowerCase() === 'host')
  return hasHost ? lines : [{ name: 'Host', value: variables.get('proxy_host') }, ...lines]
}

/** ngx_http_add_header without `always`; 202, the answer to every step of an upload, is not among them. */
const usualStatuses = new Set([200, 201, 204, 206, 301, 302, 303, 304, 307, 308])

/**
 * @param status as it is sent
 * @param backendHeaders what the backend answered, for `$upstream_http_...`; empty for an answer made here
 * @returns headers to add to those that the answer has; none with an empty value
 */
export function headersForResponse(
  { route }: Decision,
  variables: Variables,
  status: number,
  backendHeaders: readonly HeaderLine[],
): readonly HeaderLine[] {
  variables.state.answer = { status, headers: backendHeaders }
  return route.responseHeaders
    .filter(each => each.always || usualStatuses.has(status))
    .map(({ name, value }) => ({ name, value: headerValue(value, variables) }))
    .filter(line => line.value !== '')
}
