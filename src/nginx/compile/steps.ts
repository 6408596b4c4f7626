/** The rewrite phase of an nginx.conf: `set`, `if`, `rewrite`, `return` and `break` become steps. */
import type { Content, Step } from '../../routes/model.js'
import { compileProxyPass } from '../modules/proxy-pass.js'
import { compileReturn, compileRewrite, compileSet } from '../modules/rewrite.js'
import { parseCondition } from '../modules/rewrite-condition.js'
import type { Inherited } from '../modules/table.js'
import type { NginxReading } from '../reading.js'
import type { CheckedDirective, NothingLeft } from '../row.js'
import { type CheckedInstruction, checkBlock } from './check-block.js'
import { routeOf } from './route.js'

/** What an `if` takes over from the block around it. */
export interface Enclosing {
  readonly block: 'server' | 'location'
  readonly inherited: Inherited
  /** What `proxy_pass` says there; null without one. */
  readonly pass: Content | null
}

/** The steps of a block, in the order of its instructions. */
export function readSteps(
  instructions: readonly CheckedInstruction[],
  enclosing: Enclosing,
  reading: NginxReading,
): Step[] {
  return instructions.flatMap(instruction => compileStep(instruction, enclosing, reading) ?? [])
}

function compileStep(instruction: CheckedInstruction, enclosing: Enclosing, reading: NginxReading): Step | null {
  switch (instruction.name) {
    case 'set':
      return compileSet(instruction, reading)
    case 'break':
      return { kind: 'break' }
    case 'return':
      return compileReturn(instruction, reading)
    case 'rewrite':
      return compileRewrite(instruction, reading)
    case 'if':
      return compileIf(instruction, enclosing, reading)
  }
}

function compileIf({ args, block, at }: CheckedDirective, enclosing: Enclosing, reading: NginxReading): Step | null {
  const condition = parseCondition(args, at, reading)
  if (enclosing.block === 'server') {
    // An `if` of a server has steps only, and no route of its own.
    const { structure, instructions } = checkBlock(block, 'server-if', enclosing.inherited, reading)
    structure satisfies NothingLeft
    const steps = readSteps(instructions, enclosing, reading)
    return condition === null ? null : { kind: 'if', condition, steps, route: null }
  }
  const { structure, instructions, inherited } = checkBlock(block, 'location-if', enclosing.inherited, reading)
  const { proxy_pass, ...rest } = structure
  rest satisfies NothingLeft
  const [own] = proxy_pass
  // nginx: an `if` goes on with what the location serves, unless it names a backend of its own.
  const pass = own === undefined ? enclosing.pass : compileProxyPass(own, null, reading)
  const steps = readSteps(instructions, { block: 'location', inherited, pass }, reading)
  const route = routeOf(inherited, pass, at, reading)
  return condition === null ? null : { kind: 'if', condition, steps, route }
}
