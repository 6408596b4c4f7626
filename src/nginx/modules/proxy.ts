/** ngx_http_proxy_module: which backend gets a request, with which headers, and how long it may take. */
import type { HeaderTemplate } from '../../routes/model.js'
import { checkHeaderName } from '../header-name.js'
import { ignoredFlag, list, structure, time } from '../readers.js'
import { anywhere, many, type NothingLeft, nginxModule, once, refused } from '../row.js'

const byItself = 'remove the line: the gate does this by itself'
const withoutMeaning = 'remove the line: it has no meaning for the gate'
const asInNginx = 'as in nginx: time without progress'

export const proxy = nginxModule(
  'ngx_http_proxy_module',
  [
    once(
      'proxy_pass',
      ['location', 'location-if'],
      structure([1, 1]),
      'as in nginx, with and without a path, with variables; a name is resolved when it is needed, not at the start',
    ),
    many(
      'proxy_set_header',
      anywhere,
      list('backendHeaders', [2, 2], (name, { args, at }, reading): HeaderTemplate[] => {
        // An empty value is kept: it says that the client's own header is not sent either.
        const value = reading.template(args[1] ?? '', at)
        return checkHeaderName(name, at, reading) ? [{ name, value }] : []
      }),
      'as in nginx: one line in a block replaces all inherited ones; an empty value sends nothing',
    ),
    once('proxy_read_timeout', anywhere, time('readMs', 60_000), asInNginx),
    once('proxy_send_timeout', anywhere, time('sendMs', 60_000), asInNginx),
    once(
      'proxy_buffering',
      anywhere,
      ignoredFlag('bodies are always streamed; a notice where that is not what the line says', {
        on: 'answers are always passed on as they arrive',
        off: null,
      }),
    ),
    ...refused(byItself, [
      'proxy_http_version',
      'proxy_request_buffering',
      'proxy_max_temp_file_size',
      'proxy_ignore_client_abort',
      'proxy_next_upstream',
      'proxy_next_upstream_tries',
    ]),
    ...refused(withoutMeaning, [
      'proxy_headers_hash_max_size',
      'proxy_headers_hash_bucket_size',
      'proxy_buffer_size',
      'proxy_buffers',
      'proxy_busy_buffers_size',
      'proxy_temp_path',
    ]),
    ...refused('remove the line: the gate stores no answers of the backend', [
      'proxy_cache',
      'proxy_cache_key',
      'proxy_cache_lock',
      'proxy_cache_lock_timeout',
      'proxy_cache_path',
      'proxy_cache_revalidate',
      'proxy_cache_use_stale',
      'proxy_cache_valid',
      'proxy_force_ranges',
    ]),
    ...refused('the gate rewrites the Location of the backend by itself: remove the line', ['proxy_redirect']),
    ...refused(null, [
      'proxy_pass_header',
      'proxy_hide_header',
      'proxy_cookie_path',
      'proxy_cookie_domain',
      'proxy_ignore_headers',
      'proxy_intercept_errors',
      'proxy_connect_timeout',
      'proxy_method',
      'proxy_pass_request_body',
      'proxy_pass_request_headers',
      'proxy_set_body',
      'proxy_bind',
      'proxy_ssl_certificate',
      'proxy_ssl_certificate_key',
      'proxy_ssl_ciphers',
      'proxy_ssl_name',
      'proxy_ssl_protocols',
      'proxy_ssl_server_name',
      'proxy_ssl_session_reuse',
      'proxy_ssl_trusted_certificate',
      'proxy_ssl_verify',
      'proxy_ssl_verify_depth',
    ]),
  ],
  ({ backendHeaders, readMs, sendMs, ...rest }) => {
    rest satisfies NothingLeft
    return { backendHeaders, forwardedHeaders: 'as-configured' as const, idleMs: { read: readMs, send: sendMs } }
  },
)
