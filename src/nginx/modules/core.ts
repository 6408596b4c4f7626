/** ngx_http_core_module: servers and locations, the size of bodies, files and error pages. */
import type { Content, ErrorPage } from '../../routes/model.js'
import { any, block, list, size, structure, value } from '../readers.js'
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
import { ignoredByCore } from './core-ignored.js'

const sayWithAccess = 'say who may do what with "access" in portcullis.yaml'
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
      'try_files',
      ['server', 'location'],
      structure([2, any]),
      'where files are served: `$uri $uri/ =404`, which is what the gate does anyway; other forms are refused',
    ),
    ...ignoredByCore,
    ...refused('hold the rules of the block for some methods only', sayWithAccess, ['limit_except']),
    ...refused('let requests in that one of several checks lets in', sayWithAccess, ['satisfy'], { unless: 'all' }),
    ...refused('let requests in that one of several checks lets in', sayWithAccess, ['satisfy_any'], { unless: 'off' }),
    ...refused('take files from another folder than the one of the path', 'use "root"', ['alias']),
    ...refused('refuse this location to clients', 'take the location out, or write: return 404;', ['internal']),
    ...refused('tell // in a path from /', null, ['merge_slashes'], { unless: 'on' }),
    ...refused('answer an error within an error page with a page again', null, ['recursive_error_pages'], {
      unless: 'off',
    }),
    ...refused('limit how fast an answer is sent', 'limit the rate where the network does it', ['limit_rate'], {
      unless: '0',
    }),
    ...refused('serve no link in the folder', null, ['disable_symlinks'], { unless: 'off' }),
    ...refused('speak HTTP/3', 'take the line out: every client of a registry speaks HTTP/1.1', ['http3', 'quic_gso'], {
      unless: 'off',
    }),
  ],
  ({ maxBodyBytes, errorPages, root, ...rest }, pass: Content | null, index: readonly string[]) => {
    rest satisfies NothingLeft
    const files: Content = root === null ? { kind: 'nothing' } : { kind: 'files', root, index }
    return { content: pass ?? files, maxBodyBytes, errorPages }
  },
)

/** `try_files` looks for files, and only where nothing is passed on it changes nothing. */
export function checkTryFiles(
  directives: readonly CheckedDirective[],
  pass: Content | null,
  reading: NginxReading,
): void {
  for (const { args, at } of directives) {
    if (pass === null && args.join(' ') === '$uri $uri/ =404') continue
    reading.problem(
      at,
      '"try_files" is not supported: nginx would answer with a file where there is one',
      'take the line out, and name a location for the files with "root"',
    )
  }
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
