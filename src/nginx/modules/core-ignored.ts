/** Directives of ngx_http_core_module without an effect here, and why. */
import { aNumber, any, aSize, aTime, ignored, onOff, theWord, words } from '../readers.js'
import { anywhere, type Context, ignoredEach, once } from '../row.js'

const outside = ['http', 'server'] as const satisfies readonly Context[]
const inLocationIf = [...anywhere, 'location-if'] as const satisfies readonly Context[]

const silentClients = 'the gate has limits of its own for clients that are silent'
const tables = 'the gate needs no such tables'
const files = 'files are read as the system reads them'
const buffers = 'bodies are passed on as they arrive, and never kept in a file'

export const ignoredByCore = [
  once(
    'chunked_transfer_encoding',
    anywhere,
    ignored('answers without a length are sent in chunks, as HTTP/1.1 asks for', onOff('on')),
  ),
  once('server_tokens', anywhere, ignored('the version is never shown', theWord('off'))),
  once('http2', outside, ignored('the gate speaks HTTP/1.1, which every client of a registry does', onOff('off'))),

  // How bytes get onto the wire.
  once('sendfile', inLocationIf, ignored('Node.js decides how bytes are sent', onOff())),
  once('tcp_nopush', anywhere, ignored('Node.js decides how bytes are sent', onOff())),
  once('tcp_nodelay', anywhere, ignored('small packets are always sent at once', onOff('on'))),
  ...ignoredEach(anywhere, ignored('Node.js decides how bytes are sent', aSize), [
    'sendfile_max_chunk',
    'send_lowat',
    'postpone_output',
    'read_ahead',
  ]),
  once('output_buffers', anywhere, ignored('Node.js decides how bytes are sent', words(2))),
  once('limit_rate_after', inLocationIf, ignored('no rate is limited', words(1))),

  // Connections of clients.
  once('keepalive_timeout', anywhere, ignored(silentClients, words(1, 2))),
  ...ignoredEach(anywhere, ignored(silentClients, aTime), ['send_timeout', 'client_body_timeout', 'keepalive_time']),
  once('client_header_timeout', outside, ignored(silentClients, aTime)),
  once('keepalive_requests', anywhere, ignored('a connection takes any number of requests', aNumber)),
  once('keepalive_disable', anywhere, ignored('no browser is that old', words(1, 2))),
  once('lingering_close', anywhere, ignored(silentClients, words(1))),
  ...ignoredEach(anywhere, ignored(silentClients, aTime), ['lingering_time', 'lingering_timeout']),
  once('reset_timedout_connection', anywhere, ignored(silentClients, onOff())),
  once('auth_delay', anywhere, ignored('who guesses passwords is limited by login_limits of portcullis.yaml', aTime)),

  // Headers and bodies of requests.
  once(
    'ignore_invalid_headers',
    outside,
    ignored('a request with a malformed header is answered with 400 and never passed on', onOff()),
  ),
  once('underscores_in_headers', outside, ignored('headers with "_" in their names are passed on', onOff('on'))),
  once('client_header_buffer_size', outside, ignored('a header may have 32 KiB', aSize)),
  once('large_client_header_buffers', outside, ignored('a header may have 32 KiB', words(2))),
  once('client_body_buffer_size', anywhere, ignored(buffers, aSize)),
  once('client_body_in_single_buffer', anywhere, ignored(buffers, onOff())),
  once('client_body_in_file_only', anywhere, ignored(buffers)),
  once('client_body_temp_path', anywhere, ignored(buffers, words(1, 4))),

  // Redirects that the gate makes name the path alone.
  ...ignoredEach(anywhere, ignored('redirects of the gate name the path alone', onOff('off')), [
    'absolute_redirect',
    'port_in_redirect',
    'server_name_in_redirect',
  ]),

  // Files.
  once('types', anywhere, ignored('a registry names its media types itself', words(0), true)),
  once(
    'default_type',
    anywhere,
    ignored('a text of "return" is text/plain, a file has the type of its ending, and a registry names its own types'),
  ),
  once('etag', anywhere, ignored('files are sent with Last-Modified', onOff())),
  once('if_modified_since', anywhere, ignored('files are always sent whole')),
  once('max_ranges', anywhere, ignored('files are always sent whole', aNumber)),
  once('aio', anywhere, ignored(files)),
  once('aio_write', anywhere, ignored(files, onOff())),
  once('open_file_cache', anywhere, ignored(files, words(1, 2))),
  ...ignoredEach(anywhere, ignored(files), [
    'directio',
    'directio_alignment',
    'open_file_cache_errors',
    'open_file_cache_min_uses',
    'open_file_cache_valid',
  ]),
  ...ignoredEach(anywhere, ignored('browsers of that kind use no registry', onOff()), ['msie_padding', 'msie_refresh']),

  // Names of hosts.
  once(
    'resolver',
    [...anywhere, 'upstream'],
    ignored('names are looked up as the system does it, each time they are needed', words(1, any)),
  ),
  once('resolver_timeout', [...anywhere, 'upstream'], ignored('names are looked up as the system does it', aTime)),

  // The inside of nginx.
  ...ignoredEach(anywhere, ignored(tables, aNumber), ['types_hash_bucket_size', 'types_hash_max_size']),
  ...ignoredEach(['http'], ignored(tables, aNumber), [
    'server_names_hash_bucket_size',
    'server_names_hash_max_size',
    'variables_hash_bucket_size',
    'variables_hash_max_size',
  ]),
  ...ignoredEach(outside, ignored('it concerns the inside of nginx', aSize), [
    'connection_pool_size',
    'request_pool_size',
  ]),
  once('subrequest_output_buffer_size', anywhere, ignored('it concerns the inside of nginx', aSize)),
  ...ignoredEach(anywhere, ignored('every request and every refusal is logged in one way', onOff()), [
    'log_not_found',
    'log_subrequest',
  ]),
] as const
