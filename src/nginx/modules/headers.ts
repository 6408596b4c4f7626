/** ngx_http_headers_module: headers that are added to answers. */
import type { Route } from '../../routes/model.js'
import { checkHeaderName } from '../header-name.js'
import { ignored, list, words } from '../readers.js'
import { anywhere, many, type NothingLeft, nginxModule, once, refused } from '../row.js'

export const headers = nginxModule(
  'ngx_http_headers_module',
  [
    many(
      'add_header',
      [...anywhere, 'location-if'],
      list('responseHeaders', [2, 3], (name, { args, at }, reading): Route['responseHeaders'] => {
        const [, word = '', third] = args
        const value = reading.template(word, at)
        if (third !== undefined && third !== 'always') {
          reading.problem(
            at,
            `unexpected "${third}" after the value of the header`,
            'put quotes around a value with spaces, or write "always"',
          )
        }
        return checkHeaderName(name, at, reading) ? [{ name, value, always: third === 'always' }] : []
      }),
      'as in nginx: one line in a block replaces all inherited ones; an empty value sends nothing',
    ),
    once('expires', [...anywhere, 'location-if'], ignored('no Expires and no Cache-Control is added', words(1, 2))),
    ...refused('add a trailer to answers', null, ['add_trailer']),
  ],
  ({ responseHeaders, ...rest }) => {
    rest satisfies NothingLeft
    return { responseHeaders }
  },
)
