/** Modules of nginx that the gate has nothing of: their directives are named, so that nobody takes them for a misspelling. */
import { nginxModule, refused } from '../row.js'

const sayWithAccess = 'say who may do what with "access" in portcullis.yaml'

export const others = [
  nginxModule('ngx_http_access_module', refused(sayWithAccess, ['allow', 'deny'])),
  nginxModule('ngx_http_auth_request_module', refused(sayWithAccess, ['auth_request', 'auth_request_set'])),
  nginxModule('ngx_http_auth_jwt_module', refused(sayWithAccess, ['auth_jwt'])),
  nginxModule('ngx_http_geo_module', refused(sayWithAccess, ['geo'])),
  nginxModule('ngx_http_charset_module', refused('remove the line: it has no meaning for the gate', ['charset'])),
  nginxModule('ngx_http_autoindex_module', refused('remove the line: it has no meaning for the gate', ['autoindex'])),
  nginxModule('ngx_http_gzip_module', [
    ...refused('remove the line: answers of a registry are never compressed, their digests cover every byte', [
      'gzip',
      'gzip_min_length',
      'gzip_comp_level',
      'gzip_types',
      'gzip_vary',
      'gzip_proxied',
      'gzip_disable',
      'gzip_buffers',
      'gzip_http_version',
      'gzip_static',
    ]),
  ]),
  nginxModule(
    'ngx_http_sub_module',
    refused('remove the line: rewriting bodies would break the digests', [
      'sub_filter',
      'sub_filter_once',
      'sub_filter_types',
    ]),
  ),
  nginxModule('ngx_http_index_module', refused(null, ['index'])),
  nginxModule('ngx_http_limit_conn_module', refused(null, ['limit_conn', 'limit_conn_zone'])),
  nginxModule('ngx_http_limit_req_module', refused(null, ['limit_req', 'limit_req_zone'])),
  nginxModule('ngx_http_realip_module', refused(null, ['real_ip_header', 'real_ip_recursive', 'set_real_ip_from'])),
  nginxModule('ngx_http_split_clients_module', refused(null, ['split_clients'])),
  nginxModule('ngx_http_stub_status_module', refused(null, ['stub_status'])),
  nginxModule('ngx_http_mirror_module', refused(null, ['mirror'])),
  nginxModule('ngx_http_dav_module', refused(null, ['dav_methods'])),
  nginxModule('ngx_http_fastcgi_module', [
    ...refused('remove the line: it has no meaning for the gate', [
      'fastcgi_temp_path',
      'fastcgi_buffers',
      'fastcgi_hide_header',
    ]),
    ...refused(null, ['fastcgi_pass']),
  ]),
  nginxModule('ngx_http_uwsgi_module', [
    ...refused('remove the line: it has no meaning for the gate', ['uwsgi_temp_path']),
    ...refused(null, ['uwsgi_pass']),
  ]),
  nginxModule('ngx_http_scgi_module', [
    ...refused('remove the line: it has no meaning for the gate', ['scgi_temp_path']),
    ...refused(null, ['scgi_pass']),
  ]),
  nginxModule('ngx_http_grpc_module', refused(null, ['grpc_pass'])),
  nginxModule('ngx_http_lua_module', [
    ...refused(sayWithAccess, ['access_by_lua', 'access_by_lua_file', 'access_by_lua_block']),
    ...refused(null, ['error_log_by_lua', 'set_by_lua_block', 'content_by_lua_block', 'rewrite_by_lua_block']),
  ]),
  nginxModule(
    'ngx_http_chunkin_filter_module',
    refused('remove the line: no such module is part of nginx any more', ['chunkin', 'chunkin_resume']),
  ),
  nginxModule(
    'ngx_http_proxy_connect_module',
    refused(null, ['proxy_connect', 'proxy_connect_allow', 'proxy_connect_address']),
  ),
] as const
