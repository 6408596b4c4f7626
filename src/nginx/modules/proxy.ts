/** ngx_http_proxy_module: which backend gets a request, with which headers, and how long it may take. */
import type { HeaderTemplate } from '../../routes/model.js'
import { checkHeaderName } from '../header-name.js'
import { list, structure, time } from '../readers.js'
import { anywhere, many, type NothingLeft, nginxModule, once, refused } from '../row.js'
import { ignoredByProxy } from './proxy-ignored.js'

const proxyCache = [
  'proxy_cache',
  'proxy_cache_background_update',
  'proxy_cache_bypass',
  'proxy_cache_convert_head',
  'proxy_cache_key',
  'proxy_cache_lock',
  'proxy_cache_lock_age',
  'proxy_cache_lock_timeout',
  'proxy_cache_max_range_offset',
  'proxy_cache_methods',
  'proxy_cache_min_uses',
  'proxy_cache_path',
  'proxy_cache_revalidate',
  'proxy_cache_use_stale',
  'proxy_cache_valid',
  'proxy_force_ranges',
  'proxy_no_cache',
]
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
    ...ignoredByProxy,
    ...refused('store answers of the backend', 'take the line out: every request goes to the backend', proxyCache, {
      unless: 'off',
    }),
    ...refused('hide this header of the backend from clients', null, ['proxy_hide_header']),
    ...refused(
      'change the cookies of the backend',
      null,
      ['proxy_cookie_path', 'proxy_cookie_domain', 'proxy_cookie_flags'],
      {
        unless: 'off',
      },
    ),
    ...refused('answer errors of the backend with its own pages', null, ['proxy_intercept_errors'], { unless: 'off' }),
    ...refused('send another request than the one that came', null, ['proxy_method', 'proxy_set_body']),
    ...refused(
      'send another request than the one that came',
      null,
      ['proxy_pass_request_body', 'proxy_pass_request_headers'],
      { unless: 'on' },
    ),
    ...refused('choose the address that the connection starts at', null, ['proxy_bind'], { unless: 'off' }),
    ...refused('limit how fast an answer is read', null, ['proxy_limit_rate'], { unless: '0' }),
    ...refused('keep answers of the backend in files', 'take the line out', ['proxy_store', 'proxy_store_access'], {
      unless: 'off',
    }),
    ...refused('check the certificate of the backend', null, ['proxy_ssl_verify'], { unless: 'off' }),
    ...refused('speak TLS with the backend in this way', null, [
      'proxy_ssl_certificate',
      'proxy_ssl_certificate_key',
      'proxy_ssl_ciphers',
      'proxy_ssl_conf_command',
      'proxy_ssl_crl',
      'proxy_ssl_name',
      'proxy_ssl_password_file',
      'proxy_ssl_protocols',
      'proxy_ssl_server_name',
      'proxy_ssl_trusted_certificate',
      'proxy_ssl_verify_depth',
    ]),
  ],
  ({ backendHeaders, readMs, sendMs, ...rest }) => {
    rest satisfies NothingLeft
    return { backendHeaders, forwardedHeaders: 'as-configured' as const, idleMs: { read: readMs, send: sendMs } }
  },
)
