/** ngx_http_log_module: which requests are logged. */
import { any, value } from '../readers.js'
import type { NginxReading } from '../reading.js'
import { anywhere, type CheckedDirective, many, type NothingLeft, nginxModule, refused } from '../row.js'

export const log = nginxModule(
  'ngx_http_log_module',
  [
    many(
      'access_log',
      [...anywhere, 'location-if'],
      value('accessLog', true as boolean, readAccessLog, [1, any]),
      "`off` is honoured; otherwise requests go to the gate's own log",
    ),
    ...refused('remove the line: the gate has a log format of its own (--log-format json|pretty)', ['log_format']),
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
  if (format !== undefined && !/^(combined|main)$/.test(format) && !/^\w+=/.test(format)) {
    reading.problem(
      at,
      `the log format "${format}" is not known`,
      'leave the format out: the log of the gate has a form of its own',
    )
  } else reading.notice(at, '"access_log" with a file: requests are logged to standard error with everything else')
  return true
}
