/** ngx_http_gzip_module and its like: the gate compresses nothing. */
import { aNumber, any, eachWord, ignored, onOff, words } from '../readers.js'
import { anywhere, ignoredEach, many, nginxModule, once } from '../row.js'

const says = 'answers are never compressed: layers are compressed already, and their digests cover every byte'

export const gzip = nginxModule('ngx_http_gzip_module', [
  once('gzip', [...anywhere, 'location-if'], ignored(says, onOff('off'))),
  once('gzip_vary', anywhere, ignored(says, onOff('off'))),
  once('gzip_comp_level', anywhere, ignored(says, aNumber)),
  once('gzip_min_length', anywhere, ignored(says, words(1))),
  once(
    'gzip_http_version',
    anywhere,
    ignored(
      says,
      eachWord('version of HTTP', word => /^1\.[01]$/.test(word)),
    ),
  ),
  ...ignoredEach(anywhere, ignored(says, words(2)), ['gzip_buffers', 'gunzip_buffers']),
  many('gzip_types', anywhere, ignored(says, words(1, any))),
  many('gzip_disable', anywhere, ignored(says, words(1, any))),
  many('gzip_proxied', anywhere, ignored(says, words(1, any))),
  ...ignoredEach(anywhere, ignored(says), ['gzip_static', 'gunzip', 'brotli', 'brotli_static', 'zstd', 'zstd_static']),
  ...ignoredEach(anywhere, ignored(says, words(1, any)), [
    'brotli_buffers',
    'brotli_comp_level',
    'brotli_min_length',
    'brotli_types',
    'brotli_window',
    'zstd_comp_level',
    'zstd_min_length',
    'zstd_types',
  ]),
])
