/** ngx_http_rewrite_module: `set`, `if`, `rewrite`, `return` and `break`, which run before anybody is asked for a password. */
import type { Step } from '../../routes/model.js'
import { any, ignored, instruction, onOff } from '../readers.js'
import type { NginxReading } from '../reading.js'
import { type CheckedDirective, type Context, many, nginxModule, once } from '../row.js'

const contexts = ['server', 'server-if', 'location', 'location-if'] as const satisfies readonly Context[]
const says = 'as in nginx, before anybody is asked for a password'

export const rewrite = nginxModule('ngx_http_rewrite_module', [
  many(
    'if',
    ['server', 'location'],
    { kind: 'instruction', words: [1, any], block: true },
    'as in nginx, with `$name`, `=`, `!=`, `~`, `~*`, `!~` and `!~*`; tests of files are refused',
  ),
  many('set', contexts, instruction([2, 2]), says),
  many('return', contexts, instruction([1, 2]), says),
  many('rewrite', contexts, instruction([2, 3]), says),
  many('break', contexts, instruction([0, 0]), says),
  once('rewrite_log', [...contexts, 'http'], ignored('steps of the rewrite phase are not logged', onOff('off'))),
  once(
    'uninitialized_variable_warn',
    [...contexts, 'http'],
    ignored('a variable without a value is empty', onOff('off')),
  ),
])

export function compileSet({ args, at }: CheckedDirective, reading: NginxReading): Step | null {
  const variable = reading.declare(args[0] ?? '', at)
  const value = reading.template(args[1] ?? '', at)
  return variable === null ? null : { kind: 'set', variable, value }
}

const redirectTarget = /^(https?:\/\/|\$scheme)/

export function compileReturn({ args, at }: CheckedDirective, reading: NginxReading): Step | null {
  const [first = '', second] = args
  if (!/^\d{1,3}$/.test(first)) {
    if (second === undefined && redirectTarget.test(first)) {
      return { kind: 'return', status: 302, text: reading.template(first, at) }
    }
    reading.problem(
      at,
      `"return" needs a status, not "${first}"`,
      'write for example: return 301 https://$host$request_uri;',
    )
    return null
  }
  return { kind: 'return', status: Number(first), text: second === undefined ? null : reading.template(second, at) }
}

const flags = ['last', 'break', 'redirect', 'permanent'] as const

export function compileRewrite({ args, at }: CheckedDirective, reading: NginxReading): Step | null {
  const [source = '', replacement = '', word] = args
  const pattern = reading.regex(source, false, at)
  const flag = word === undefined ? 'none' : flags.find(each => each === word)
  if (flag === undefined) {
    reading.problem(at, `"${word}" is no flag of "rewrite"`, `the flags are ${flags.join(', ')}`)
    return null
  }
  const target = reading.template(replacement, at)
  const leaves = redirectTarget.test(replacement) && flag !== 'permanent'
  return { kind: 'rewrite', pattern, replacement: target, flag: leaves ? 'redirect' : flag }
}
