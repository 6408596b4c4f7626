/** The headers that a route adds to the backend request (`proxy_set_header`) and to the response (`add_header`). */
import type { HeaderLine } from '../http/header-line.js'
import type { Decision } from './route-request.js'
import { headerValue } from './template.js'
import type { Variables } from './variables.js'

/**
 * Returns the headers in the configured order. Without a configured Host, the Host is that of the backend, as in nginx.
 * An empty value means that the header is not sent, not even the client's own.
 */
export function headersForBackend({ route }: Decision, variables: Variables): readonly HeaderLine[] {
  const lines = route.backendHeaders.map(({ name, value }) => ({ name, value: headerValue(value, variables) }))
  const hasHost = lines.some(line => line.name.toLowerCase() === 'host')
  return hasHost ? lines : [{ name: 'Host', value: variables.get('proxy_host') }, ...lines]
}

/**
 * The statuses of ngx_http_add_header without `always`. 202, the response to each step of an upload, is not among them.
 */
const defaultStatuses = new Set([200, 201, 204, 206, 301, 302, 303, 304, 307, 308])

/**
 * @param status the status that is sent
 * @param backendHeaders the backend's response headers, for `$upstream_http_...`; empty for the gate's own response
 * @returns headers to add to the response; none has an empty value
 */
export function headersForResponse(
  { route }: Decision,
  variables: Variables,
  status: number,
  backendHeaders: readonly HeaderLine[],
): readonly HeaderLine[] {
  variables.state.answer = { status, headers: backendHeaders }
  return route.responseHeaders
    .filter(each => each.always || defaultStatuses.has(status))
    .map(({ name, value }) => ({ name, value: headerValue(value, variables) }))
    .filter(line => line.value !== '')
}
