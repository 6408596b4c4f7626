/** ngx_http_log_module: which requests are logged. */
import { any, ignored, value, type Words, words } from '../readers.js'
import type { NginxReading } from '../reading.js'
import { anywhere, type CheckedDirective, many, type NothingLeft, nginxModule, once } from '../row.js'

/** Its first word is a name for `access_log`. */
const format: Words = {
  count: [2, any],
  check: ({ args, at }, reading) => {
    const [name = ''] = args
    // The one of nginx's image is there only where no other file declares it.
    if (name !== 'main' && reading.logFormats.has(name))
      reading.problem(at, `the log format "${name}" is there already`)
    reading.logFormats.add(name)
    return false
  },
}

export const log = nginxModule(
  'ngx_http_log_module',
  [
    many(
      'access_log',
      [...anywhere, 'location-if'],
      value('accessLog', true as boolean, readAccessLog, [1, any]),
      "`off` is honoured; otherwise requests go to the gate's own log",
    ),
    many('log_format', ['http'], ignored('the log has forms of its own: --log-format json|pretty', format)),
    once('open_log_file_cache', anywhere, ignored('the log goes to standard error', words(1, 4))),
  ],
  ({ accessLog, ...rest }) => {
    rest satisfies NothingLeft
    return { accessLog }
  },
)

/** Only `off` makes a difference: the log has a form of its own. */
function readAccessLog(word: string, { args, at }: CheckedDirective, reading: NginxReading): boolean {
  const [, format] = args
  if (word === 'off') {
    if (format !== undefined) reading.problem(at, `unexpected "${format}" after "access_log off"`)
    return false
  }
  if (format !== undefined && !reading.logFormats.has(format) && !/^\w+=/.test(format)) {
    reading.problem(
      at,
      `the log format "${format}" is not known`,
      'leave the format out, or declare it with "log_format" before this line',
    )
  } else reading.ignore(at, '"access_log" with a file: requests are logged to standard error with everything else')
  return true
}
