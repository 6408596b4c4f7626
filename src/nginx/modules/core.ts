/** ngx_http_core_module: servers and locations, the size of bodies, files and error pages. */
import type { Content, ErrorPage } from '../../routes/model.js'
import { any, block, ignoredFlag, list, size, structure, value } from '../readers.js'
import type { NginxReading } from '../reading.js'
import {
  anywhere,
  type CheckedDirective,
  type Context,
  many,
  type NothingLeft,
  nginxModule,
  once,
  refused,
} from '../row.js'

const byItself = 'remove the line: the gate does this by itself'
const withoutMeaning = 'remove the line: it has no meaning for the gate'
const inLocationIf = [...anywhere, 'location-if'] as const satisfies readonly Context[]
const asInNginx = 'as in nginx'

export const core = nginxModule(
  'ngx_http_core_module',
  [
    once('http', ['main'], block([0, 0]), asInNginx),
    many('server', ['http'], block([0, 0]), asInNginx),
    many('location', ['server', 'location'], block([1, 2]), asInNginx),
    many(
      'include',
      ['main', 'events', 'http', 'upstream', 'server', 'server-if', 'location', 'location-if'],
      { kind: 'read-before', words: [1, 1] },
      'as in nginx; `mime.types` is not read',
    ),
    many(
      'listen',
      ['server'],
      structure([1, any]),
      'as in nginx, with `ssl`, `default_server` and `unix:`; `http2` and options of the socket change nothing; `quic` and ' +
        '`proxy_protocol` are refused (for the latter, `proxy_protocol` in a portcullis.yaml beside it: ' +
        '[operating.md](operating.md#behind-a-balancer))',
    ),
    many(
      'server_name',
      ['server'],
      structure([1, any]),
      'exact names, `*.name`, `name.*`, `.name`, `~expression` with named groups',
    ),
    once(
      'client_max_body_size',
      anywhere,
      size('maxBodyBytes', 1024 * 1024),
      'as in nginx: 1m where it is absent, 0 for no limit',
    ),
    many(
      'error_page',
      inLocationIf,
      list('errorPages', [2, any], readErrorPage),
      'as in nginx: a path, a named location, an address; `=` and `=status`',
    ),
    once(
      'root',
      inLocationIf,
      value<'root', string | null>('root', null, (word, { at }, reading) => reading.path(word, at)),
      'GET and HEAD of regular files; no listing, no link that leads out of the folder',
    ),
    once(
      'chunked_transfer_encoding',
      anywhere,
      ignoredFlag('bodies are always streamed; a notice where that is not what the line says', {
        on: null,
        off: 'answers without a length are sent in chunks, as HTTP/1.1 asks for',
      }),
    ),
    ...refused(byItself, [
      'resolver',
      'resolver_timeout',
      'server_tokens',
      'tcp_nodelay',
      'tcp_nopush',
      'sendfile',
      'keepalive_time',
      'keepalive_requests',
      'keepalive_timeout',
      'reset_timedout_connection',
    ]),
    ...refused(withoutMeaning, [
      'types',
      'default_type',
      'types_hash_max_size',
      'server_names_hash_bucket_size',
      'variables_hash_max_size',
      'client_body_buffer_size',
      'client_header_buffer_size',
      'large_client_header_buffers',
      'client_body_temp_path',
      'underscores_in_headers',
    ]),
    ...refused('say who may do what with "access" in portcullis.yaml', ['limit_except', 'satisfy']),
    ...refused('the gate speaks HTTP/1.1 only: remove the line', ['http2', 'http3', 'quic_gso']),
    ...refused(null, [
      'alias',
      'try_files',
      'internal',
      'merge_slashes',
      'absolute_redirect',
      'port_in_redirect',
      'server_name_in_redirect',
      'recursive_error_pages',
      'send_timeout',
      'client_body_timeout',
      'client_header_timeout',
      'client_body_in_file_only',
      'lingering_close',
      'lingering_time',
      'lingering_timeout',
      'limit_rate',
      'limit_rate_after',
      'satisfy_any',
      'open_file_cache',
      'aio',
      'directio',
      'etag',
      'if_modified_since',
      'log_not_found',
      'log_subrequest',
    ]),
  ],
  ({ maxBodyBytes, errorPages, root, ...rest }, pass: Content | null) => {
    rest satisfies NothingLeft
    return { content: pass ?? filesUnder(root), maxBodyBytes, errorPages }
  },
)

/** nginx's default of `index`. */
const index = ['index.html']

function filesUnder(root: string | null): Content {
  return root === null ? { kind: 'nothing' } : { kind: 'files', root, index }
}

/** Statuses that stand for a refused handshake or header; without a status of their own they are answered as 400. */
const answeredAs400 = new Set([494, 495, 496, 497])

function readErrorPage(_word: string, { args, at }: CheckedDirective, reading: NginxReading): readonly ErrorPage[] {
  const target = reading.template(args.at(-1) ?? '', at)
  const equals = args.length > 2 && args.at(-2)?.startsWith('=') === true ? args.at(-2) : undefined
  const words = args.slice(0, equals === undefined ? -1 : -2)
  const statuses = words.map(word => {
    const status = /^\d{3}$/.test(word) ? Number(word) : 0
    if (status < 300 || status > 599 || status === 499) reading.problem(at, `"${word}" is no status from 300 to 599`)
    return status
  })
  if (equals !== undefined && !/^=(\d{3})?$/.test(equals)) reading.problem(at, `"${equals}" is no status behind "="`)
  const said = equals === undefined ? null : equals === '=' ? ('of-page' as const) : Number(equals.slice(1))
  const pages = [
    { statuses: statuses.filter(status => !answeredAs400.has(status)), answer: said, target },
    { statuses: statuses.filter(status => answeredAs400.has(status)), answer: said ?? 400, target },
  ]
  return pages.filter(page => page.statuses.length > 0)
}
