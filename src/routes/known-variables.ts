/** Which variables exist without being declared, and which of them a configuration may set. */

/** nginx's variables that the gate computes; its documentation describes each. */
export const builtInVariables: ReadonlySet<string> = new Set([
  ...[
    'args',
    'body_bytes_sent',
    'bytes_sent',
    'connection',
    'connection_requests',
    'content_length',
    'content_type',
    'document_uri',
  ],
  ...['host', 'hostname', 'http2', 'https', 'is_args', 'limit_rate', 'msec', 'nginx_version', 'pid', 'pipe'],
  ...['proxy_add_x_forwarded_for', 'proxy_host', 'proxy_port', 'query_string', 'remote_addr', 'remote_port'],
  ...['remote_user', 'request', 'request_id', 'request_length', 'request_method', 'request_time', 'request_uri'],
  ...['scheme', 'server_addr', 'server_name', 'server_port', 'server_protocol', 'ssl_protocol', 'ssl_server_name'],
  ...['status', 'time_iso8601', 'time_local', 'upstream_status', 'uri'],
])

/** One variable per header, argument or cookie. */
const families = /^(http|sent_http|upstream_http|arg|cookie)_./

/** Captures `1` to `9` count as built in. */
export function isBuiltInVariable(name: string): boolean {
  return builtInVariables.has(name) || families.test(name) || /^[1-9]$/.test(name)
}

/** Headers that nginx itself declares (ngx_http_core_variables), so that `set` on them is an error there. */
const declaredHeaders = new Set([
  ...['http_host', 'http_user_agent', 'http_referer', 'http_via', 'http_x_forwarded_for', 'http_cookie'],
  ...['sent_http_content_type', 'sent_http_content_length', 'sent_http_location', 'sent_http_last_modified'],
  ...[
    'sent_http_connection',
    'sent_http_keep_alive',
    'sent_http_transfer_encoding',
    'sent_http_cache_control',
    'sent_http_link',
  ],
])

/** `set` and `map` may give a value to new names, to `$args`, and to the families except nginx's own headers. */
export function isSettableVariable(name: string): boolean {
  if (name === 'args' || name === 'limit_rate') return true
  return !builtInVariables.has(name) && !declaredHeaders.has(name) && !/^[1-9]$/.test(name)
}
