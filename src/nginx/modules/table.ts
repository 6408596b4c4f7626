/** The table of the directives that the reader knows: to know one more, add a row. */
import {
  acceptedFlag,
  accessLog,
  addHeader,
  authBasic,
  ciphers,
  errorPage,
  file,
  flag,
  protocols,
  proxySetHeader,
  root,
  size,
  sslSwitch,
  time,
  usersFile,
} from '../readers.js'
import type { Context, Decision, Row, Setting } from '../row.js'

const anywhere = ['http', 'server', 'location'] as const satisfies readonly Context[]
const any = Number.POSITIVE_INFINITY
const structure: Decision = { kind: 'structure' }
const ignored = (why: string): Decision => ({ kind: 'ignored', why: () => why })

const rows: readonly Row[] = [
  // Blocks, and what makes a server or a location.
  { name: 'events', contexts: ['main'], args: [0, 0], block: true, repeat: 'once', decision: structure },
  { name: 'http', contexts: ['main'], args: [0, 0], block: true, repeat: 'once', decision: structure },
  { name: 'map', contexts: ['http'], args: [2, 2], block: true, repeat: 'many', decision: structure },
  { name: 'upstream', contexts: ['http'], args: [1, 1], block: true, repeat: 'many', decision: structure },
  { name: 'server', contexts: ['http'], args: [0, 0], block: true, repeat: 'many', decision: structure },
  { name: 'server', contexts: ['upstream'], args: [1, any], block: false, repeat: 'many', decision: structure },
  { name: 'listen', contexts: ['server'], args: [1, any], block: false, repeat: 'many', decision: structure },
  { name: 'server_name', contexts: ['server'], args: [1, any], block: false, repeat: 'many', decision: structure },
  {
    name: 'location',
    contexts: ['server', 'location'],
    args: [1, 2],
    block: true,
    repeat: 'many',
    decision: structure,
  },
  {
    name: 'proxy_pass',
    contexts: ['location', 'location-if'],
    args: [1, 1],
    block: false,
    repeat: 'once',
    decision: structure,
  },
  ...(
    [
      ['if', [1, any], ['server', 'location']],
      ['set', [2, 2], ['server', 'server-if', 'location', 'location-if']],
      ['return', [1, 2], ['server', 'server-if', 'location', 'location-if']],
      ['rewrite', [2, 3], ['server', 'server-if', 'location', 'location-if']],
      ['break', [0, 0], ['server', 'server-if', 'location', 'location-if']],
    ] as const
  ).map(
    ([name, args, contexts]): Row => ({
      name,
      contexts,
      args,
      block: name === 'if',
      repeat: 'many',
      decision: structure,
    }),
  ),

  // What a block passes on.
  { name: 'auth_basic', contexts: anywhere, args: [1, 1], block: false, repeat: 'once', decision: authBasic },
  { name: 'auth_basic_user_file', contexts: anywhere, args: [1, 1], block: false, repeat: 'once', decision: usersFile },
  {
    name: 'client_max_body_size',
    contexts: anywhere,
    args: [1, 1],
    block: false,
    repeat: 'once',
    decision: size('maxBodyBytes'),
  },
  {
    name: 'proxy_set_header',
    contexts: anywhere,
    args: [2, 2],
    block: false,
    repeat: 'many',
    decision: proxySetHeader,
  },
  {
    name: 'proxy_read_timeout',
    contexts: anywhere,
    args: [1, 1],
    block: false,
    repeat: 'once',
    decision: time('readMs'),
  },
  {
    name: 'proxy_send_timeout',
    contexts: anywhere,
    args: [1, 1],
    block: false,
    repeat: 'once',
    decision: time('sendMs'),
  },
  {
    name: 'add_header',
    contexts: [...anywhere, 'location-if'],
    args: [2, 3],
    block: false,
    repeat: 'many',
    decision: addHeader,
  },
  {
    name: 'error_page',
    contexts: [...anywhere, 'location-if'],
    args: [2, any],
    block: false,
    repeat: 'many',
    decision: errorPage,
  },
  { name: 'root', contexts: [...anywhere, 'location-if'], args: [1, 1], block: false, repeat: 'once', decision: root },
  {
    name: 'access_log',
    contexts: [...anywhere, 'location-if'],
    args: [1, any],
    block: false,
    repeat: 'many',
    decision: accessLog,
  },
  { name: 'ssl', contexts: ['http', 'server'], args: [1, 1], block: false, repeat: 'once', decision: sslSwitch },
  {
    name: 'ssl_certificate',
    contexts: ['http', 'server'],
    args: [1, 1],
    block: false,
    repeat: 'many',
    decision: file('certificates'),
  },
  {
    name: 'ssl_certificate_key',
    contexts: ['http', 'server'],
    args: [1, 1],
    block: false,
    repeat: 'many',
    decision: file('certificateKeys'),
  },
  {
    name: 'ssl_protocols',
    contexts: ['http', 'server'],
    args: [1, any],
    block: false,
    repeat: 'many',
    decision: protocols,
  },
  { name: 'ssl_ciphers', contexts: ['http', 'server'], args: [1, 1], block: false, repeat: 'once', decision: ciphers },
  {
    name: 'ssl_prefer_server_ciphers',
    contexts: ['http', 'server'],
    args: [1, 1],
    block: false,
    repeat: 'once',
    decision: flag('preferServerCiphers'),
  },

  // What changes nothing here.
  {
    name: 'worker_processes',
    contexts: ['main'],
    args: [1, 1],
    block: false,
    repeat: 'once',
    decision: ignored('the number of workers is given with --workers'),
  },
  {
    name: 'worker_connections',
    contexts: ['events'],
    args: [1, 1],
    block: false,
    repeat: 'once',
    decision: ignored('the number of connections is limited by the open files that the system allows'),
  },
  {
    name: 'error_log',
    contexts: ['main', ...anywhere],
    args: [1, any],
    block: false,
    repeat: 'many',
    decision: ignored('the gate writes its log to standard error, at the level given with --log-level'),
  },
  {
    name: 'ssl_session_cache',
    contexts: ['http', 'server'],
    args: [1, 2],
    block: false,
    repeat: 'once',
    decision: { kind: 'ignored', why: sessionCache },
  },
  {
    name: 'ssl_session_timeout',
    contexts: ['http', 'server'],
    args: [1, 1],
    block: false,
    repeat: 'once',
    decision: ignored('how long a TLS session can be resumed is left to the TLS library'),
  },
  {
    name: 'chunked_transfer_encoding',
    contexts: anywhere,
    args: [1, 1],
    block: false,
    repeat: 'once',
    decision: acceptedFlag({ on: null, off: 'answers without a length are sent in chunks, as HTTP/1.1 asks for' }),
  },
  {
    name: 'proxy_buffering',
    contexts: anywhere,
    args: [1, 1],
    block: false,
    repeat: 'once',
    decision: acceptedFlag({ on: 'answers are always passed on as they arrive', off: null }),
  },
]

function sessionCache({ args, at }: Setting, reading: { problem(where: string, message: string): void }): string {
  for (const each of args) {
    if (!/^(off|none|builtin(:\d+)?|shared:[^:]+:\d+[km]?)$/i.test(each)) {
      reading.problem(at, `"${each}" is no session cache`)
    }
  }
  return 'sessions are resumed with tickets, which need no cache'
}

/** Rows by name; a name stands in several rows where it means another thing in another block. */
export const knownDirectives: ReadonlyMap<string, readonly Row[]> = new Map(
  rows.map(({ name }) => [name, rows.filter(row => row.name === name)]),
)
