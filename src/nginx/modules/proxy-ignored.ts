/** Directives of ngx_http_proxy_module without an effect here, and why. */
import { aNumber, any, aSize, aTime, ignored, onOff, type Words, words } from '../readers.js'
import { anywhere, ignoredEach, many, once } from '../row.js'

const streamed = 'bodies are passed on as they arrive, and never kept in a file'
const nextServer = 'the gate decides by itself when another server of an upstream is asked'

/** 1.1 is what the gate speaks; 1.0 is accepted. */
const version: Words = {
  count: [1, 1],
  check: ({ args, at }, reading) => {
    const [word = ''] = args
    if (!/^(1\.[01]|2)$/.test(word)) reading.problem(at, `"${word}" is no version of HTTP`)
    return word === '1.1'
  },
}

export const ignoredByProxy = [
  once('proxy_buffering', anywhere, ignored('answers are always passed on as they arrive', onOff('off'))),
  once('proxy_request_buffering', anywhere, ignored('requests are always passed on as they arrive', onOff('off'))),
  once('proxy_http_version', anywhere, ignored('the gate speaks HTTP/1.1 to its backends', version)),
  ...ignoredEach(anywhere, ignored(streamed, aSize), [
    'proxy_buffer_size',
    'proxy_busy_buffers_size',
    'proxy_max_temp_file_size',
    'proxy_temp_file_write_size',
    'proxy_send_lowat',
  ]),
  once('proxy_buffers', anywhere, ignored(streamed, words(2))),
  once('proxy_temp_path', anywhere, ignored(streamed, words(1, 4))),
  once('proxy_connect_timeout', anywhere, ignored('the gate has a limit of its own for connecting', aTime)),
  once(
    'proxy_ignore_client_abort',
    anywhere,
    ignored('a request ends when its client goes: a registry goes on with its upload later', onOff('off')),
  ),
  once('proxy_socket_keepalive', anywhere, ignored('connections to backends have TCP keepalive', onOff('on'))),
  once('proxy_ignore_headers', anywhere, ignored('the gate acts on none of these headers', words(1, any))),
  many('proxy_pass_header', anywhere, ignored('headers of the backend are passed on to clients')),
  many(
    'proxy_redirect',
    anywhere,
    ignored('every Location of the backend that names the backend becomes its path alone', words(1, 2)),
  ),
  once('proxy_next_upstream', anywhere, ignored(nextServer, words(1, any))),
  once('proxy_next_upstream_timeout', anywhere, ignored(nextServer, aTime)),
  once('proxy_next_upstream_tries', anywhere, ignored(nextServer, aNumber)),
  once(
    'proxy_ssl_session_reuse',
    anywhere,
    ignored('TLS sessions with a backend are left to the TLS library', onOff()),
  ),
  ...ignoredEach(anywhere, ignored('the gate needs no such tables', aNumber), [
    'proxy_headers_hash_bucket_size',
    'proxy_headers_hash_max_size',
  ]),
] as const
