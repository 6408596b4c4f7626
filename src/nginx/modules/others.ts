/**
 * Modules of nginx that the gate has nothing of: harmless directives are accepted, the others say what they would
 * have done. (decision C4)
 */
import { any, aSize, aTime, ignored, onOff, type Words, words } from '../readers.js'
import { anywhere, ignoredEach, many, nginxModule, once, refused } from '../row.js'

const sayWithAccess = 'say who may do what with "access" in portcullis.yaml'
const throughHttp = 'put a server that speaks HTTP before it, and name that with proxy_pass'
const withoutScripts = 'run the script behind the gate, in a server that proxy_pass names'
const http1 = 'the gate speaks HTTP/1.1, which every client of a registry does'
const takeOut = 'take the line out'

/** Nothing is passed on by this protocol, so what shapes it changes nothing; `further` are directives that it alone has. */
function passing(prefix: string, protocol: string, further: readonly (readonly [name: string, words: Words])[]) {
  const says = `nothing is passed on by ${protocol}`
  const each = (words: Words, names: readonly string[], repeat: 'once' | 'many' = 'once') =>
    ignoredEach(
      anywhere,
      ignored(says, words),
      names.map(name => `${prefix}_${name}`),
      repeat,
    )
  return [
    ...each(aTime, ['connect_timeout', 'read_timeout', 'send_timeout']),
    ...each(aSize, ['buffer_size']),
    ...each(onOff(), ['intercept_errors']),
    ...each(words(1), ['hide_header', 'pass_header'], 'many'),
    ...further.flatMap(([name, words]) =>
      each(words, [name], name === 'param' || name === 'set_header' ? 'many' : 'once'),
    ),
    ...refused(`pass requests on by ${protocol}`, throughHttp, [`${prefix}_pass`]),
  ]
}

const buffered = [
  ['buffers', words(2)],
  ['busy_buffers_size', aSize],
  ['temp_path', words(1, 4)],
  ['param', words(2, 3)],
] as const
const ofFastcgi = [...buffered, ['index', words(1)], ['split_path_info', words(1)]] as const

export const others = [
  nginxModule('ngx_stream_module', [
    ...refused(
      'pass connections on that are not HTTP',
      'let another program serve them, and take the block out',
      ['stream'],
      {
        contexts: ['main'],
      },
    ),
  ]),
  nginxModule('ngx_mail_module', [
    ...refused('pass mail on', 'let another program serve it, and take the block out', ['mail'], {
      contexts: ['main'],
    }),
  ]),
  nginxModule('ngx_http_access_module', [
    ...refused(
      'let clients in by their addresses',
      'take the line out, and close the addresses off where the network does it',
      ['allow', 'deny'],
    ),
  ]),
  nginxModule('ngx_http_auth_request_module', [
    ...refused(
      'ask another server whether a request may pass',
      `ask for passwords with auth_basic, and ${sayWithAccess}`,
      ['auth_request', 'auth_request_set'],
      { unless: 'off' },
    ),
  ]),
  nginxModule('ngx_http_auth_jwt_module', [
    ...refused('ask for a token of another server', `ask for passwords with auth_basic, and ${sayWithAccess}`, [
      'auth_jwt',
      'auth_jwt_claim_set',
      'auth_jwt_key_file',
      'auth_jwt_key_request',
      'auth_jwt_require',
    ]),
  ]),
  nginxModule('ngx_http_referer_module', [
    ...refused('judge the page that a request comes from', sayWithAccess, ['valid_referers']),
  ]),
  nginxModule('ngx_http_secure_link_module', [
    ...refused('let requests in that carry a signature', sayWithAccess, [
      'secure_link',
      'secure_link_md5',
      'secure_link_secret',
    ]),
  ]),
  nginxModule('ngx_http_geo_module', [
    ...refused('set a variable by the address of the client', null, [
      'geo',
      'geoip_country',
      'geoip_city',
      'geoip_org',
    ]),
  ]),
  nginxModule('ngx_http_split_clients_module', [
    ...refused('set a variable by a share of the requests', null, ['split_clients']),
  ]),
  nginxModule('ngx_http_realip_module', [
    ...refused("take the client's address from a header", null, [
      'real_ip_header',
      'real_ip_recursive',
      'set_real_ip_from',
    ]),
  ]),
  nginxModule('ngx_http_limit_conn_module', [
    ...refused('limit the connections of a client', null, [
      'limit_conn',
      'limit_conn_dry_run',
      'limit_conn_log_level',
      'limit_conn_status',
      'limit_conn_zone',
    ]),
  ]),
  nginxModule('ngx_http_limit_req_module', [
    ...refused(
      'limit the requests of a client',
      'take the line out: wrong passwords are limited by login_limits of portcullis.yaml',
      ['limit_req', 'limit_req_dry_run', 'limit_req_log_level', 'limit_req_status', 'limit_req_zone'],
    ),
  ]),
  nginxModule('ngx_http_stub_status_module', [
    many(
      'stub_status',
      ['server', 'location'],
      ignored('numbers for Prometheus are served at the address that --metrics names', words(0, 1)),
    ),
  ]),
  nginxModule('ngx_http_mirror_module', [
    ...refused('send each request to a second server', null, ['mirror'], { unless: 'off' }),
    once('mirror_request_body', anywhere, ignored('nothing is mirrored', onOff())),
  ]),
  nginxModule('ngx_http_dav_module', [
    ...refused('let clients write files', 'take the line out: the gate serves files for reading', ['dav_methods'], {
      unless: 'off',
    }),
  ]),
  nginxModule('ngx_http_autoindex_module', [
    once('autoindex', anywhere, ignored('no folder is listed', onOff('off'))),
    ...ignoredEach(anywhere, ignored('no folder is listed'), [
      'autoindex_exact_size',
      'autoindex_format',
      'autoindex_localtime',
    ]),
  ]),
  nginxModule('ngx_http_charset_module', [
    once('charset', [...anywhere, 'location-if'], ignored('media types are passed on as the registry names them')),
    many('charset_types', anywhere, ignored('media types are passed on as the registry names them', words(1, any))),
    once(
      'override_charset',
      [...anywhere, 'location-if'],
      ignored('media types are passed on as the registry names them', onOff('off')),
    ),
  ]),
  nginxModule('ngx_http_v2_module', [
    once('http2_chunk_size', anywhere, ignored(http1, aSize)),
    once('http2_recv_buffer_size', ['http'], ignored(http1, aSize)),
    ...ignoredEach(
      ['http', 'server'],
      ignored(http1),
      [
        'http2_body_preread_size',
        'http2_idle_timeout',
        'http2_max_concurrent_streams',
        'http2_max_field_size',
        'http2_max_header_size',
        'http2_max_requests',
        'http2_recv_timeout',
      ],
      'many',
    ),
  ]),
  nginxModule('ngx_http_sub_module', [
    ...refused('rewrite what the backend answers', 'take the line out: digests cover every byte', [
      'sub_filter',
      'sub_filter_last_modified',
      'sub_filter_once',
      'sub_filter_types',
    ]),
  ]),
  nginxModule('ngx_http_addition_module', [
    ...refused('add a text to what the backend answers', 'take the line out: digests cover every byte', [
      'add_after_body',
      'add_before_body',
    ]),
  ]),
  nginxModule('ngx_http_fastcgi_module', passing('fastcgi', 'FastCGI', ofFastcgi)),
  nginxModule('ngx_http_uwsgi_module', passing('uwsgi', 'uwsgi', buffered)),
  nginxModule('ngx_http_scgi_module', passing('scgi', 'SCGI', buffered)),
  nginxModule('ngx_http_grpc_module', passing('grpc', 'gRPC', [['set_header', words(2)]])),
  nginxModule('ngx_http_memcached_module', [...refused('answer from memcached', throughHttp, ['memcached_pass'])]),
  nginxModule('ngx_http_lua_module', [
    ...refused('ask a script whether a request may pass', `${sayWithAccess}, or ${withoutScripts}`, [
      'access_by_lua',
      'access_by_lua_block',
      'access_by_lua_file',
    ]),
    ...refused('run a script', withoutScripts, [
      'balancer_by_lua_block',
      'body_filter_by_lua_block',
      'content_by_lua',
      'content_by_lua_block',
      'content_by_lua_file',
      'error_log_by_lua',
      'header_filter_by_lua_block',
      'init_by_lua_block',
      'init_worker_by_lua_block',
      'log_by_lua_block',
      'lua_package_path',
      'lua_shared_dict',
      'rewrite_by_lua',
      'rewrite_by_lua_block',
      'rewrite_by_lua_file',
      'set_by_lua',
      'set_by_lua_block',
      'ssl_certificate_by_lua_block',
    ]),
  ]),
  nginxModule('ngx_http_js_module', [
    ...refused('run a script', withoutScripts, [
      'js_access',
      'js_body_filter',
      'js_content',
      'js_header_filter',
      'js_import',
      'js_path',
      'js_set',
    ]),
  ]),
  nginxModule('ngx_http_perl_module', [
    ...refused('run a script', withoutScripts, ['perl', 'perl_modules', 'perl_require', 'perl_set']),
  ]),
  nginxModule('ngx_http_chunkin_filter_module', [
    ...refused('refuse the line: no such module is part of it any more', takeOut, ['chunkin', 'chunkin_resume']),
  ]),
  nginxModule('ngx_http_proxy_connect_module', [
    ...refused('be a proxy that clients choose themselves', takeOut, [
      'proxy_connect',
      'proxy_connect_address',
      'proxy_connect_allow',
    ]),
  ]),
] as const
