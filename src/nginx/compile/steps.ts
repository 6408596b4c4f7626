/** The rewrite phase of an nginx.conf: `set`, `if`, `rewrite`, `return` and `break` become steps. */
import type { Content, Step } from '../../routes/model.js'
import { compileProxyPass, filesUnder } from '../modules/proxy-pass.js'
import { parseCondition } from '../modules/rewrite-condition.js'
import type { NginxReading } from '../reading.js'
import { type Checked, checkBlock } from './check-block.js'
import { type Inherited, routeOf } from './route.js'

/** What an `if` takes over from the block around it. */
export interface Enclosing {
  readonly inherited: Inherited
  /** null in a server block, where an `if` has steps only and no route of its own. */
  readonly content: Content | null
}

/** The steps among the directives of a block, in their order; other directives are passed over. */
export function compileSteps(directives: readonly Checked[], enclosing: Enclosing, reading: NginxReading): Step[] {
  return directives.flatMap(directive => {
    const step = compileStep(directive, enclosing, reading)
    return step === null ? [] : [step]
  })
}

function compileStep(directive: Checked, enclosing: Enclosing, reading: NginxReading): Step | null {
  const { name, args, at } = directive
  switch (name) {
    case 'set': {
      const variable = reading.declare(args[0] ?? '', at)
      const value = reading.template(args[1] ?? '', at)
      return variable === null ? null : { kind: 'set', variable, value }
    }
    case 'break':
      return { kind: 'break' }
    case 'return':
      return compileReturn(directive, reading)
    case 'rewrite':
      return compileRewrite(directive, reading)
    case 'if':
      return compileIf(directive, enclosing, reading)
    default:
      return null
  }
}

const redirectTarget = /^(https?:\/\/|\$scheme)/

function compileReturn({ args, at }: Checked, reading: NginxReading): Step | null {
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

function compileRewrite({ args, at }: Checked, reading: NginxReading): Step | null {
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

function compileIf(directive: Checked, enclosing: Enclosing, reading: NginxReading): Step | null {
  const condition = parseCondition(directive.args, directive.at, reading)
  const context = enclosing.content === null ? 'server-if' : 'location-if'
  const { structure, inherited } = checkBlock(directive.block, context, enclosing.inherited, reading)
  const content = enclosing.content === null ? null : contentWithinIf(structure, inherited, enclosing.content, reading)
  const steps = compileSteps(structure, { inherited, content }, reading)
  const route = content === null ? null : routeOf(inherited, content, directive.at, reading)
  return condition === null ? null : { kind: 'if', condition, steps, route }
}

/** nginx: an `if` goes on with what the location serves, unless it names a backend of its own. */
function contentWithinIf(
  structure: readonly Checked[],
  inherited: Inherited,
  enclosing: Content,
  reading: NginxReading,
): Content {
  const own = structure.find(each => each.name === 'proxy_pass')
  if (own !== undefined) return compileProxyPass(own, null, reading)
  return enclosing.kind === 'forward' ? enclosing : filesUnder(inherited.root)
}
