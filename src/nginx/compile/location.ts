/** nginx's `location`: what it matches, what holds in it, and the locations within it. */
import type { Location, Route } from '../../routes/model.js'
import { checkTryFiles } from '../modules/core.js'
import { compileProxyPass } from '../modules/proxy-pass.js'
import { type Inherited, nginxDefaults } from '../modules/table.js'
import type { NginxReading } from '../reading.js'
import type { CheckedDirective, NothingLeft } from '../row.js'
import { type CheckedInstruction, checkBlock } from './check-block.js'
import { routeOf } from './route.js'
import { readSteps } from './steps.js'

type Match = Location['match']

/** The locations of a block. */
export function compileLocations(
  directives: readonly CheckedDirective[],
  outer: Inherited,
  parent: Match | null,
  reading: NginxReading,
): readonly Location[] {
  const seen = new Map<string, string>()
  return directives.flatMap(directive => {
    const match = parseMatch(directive, reading)
    if (match === null) return []
    if (match.kind !== 'regex') {
      const key = `${match.kind === 'final-prefix' ? 'prefix' : match.kind} ${match.path}`
      const earlier = seen.get(key)
      const message = `the location "${match.path}" stands here a second time; the first is at ${earlier}`
      if (earlier !== undefined && match.kind === 'named') {
        reading.notice(directive.at, `${message}, and is the one that is used`)
        return []
      }
      if (earlier !== undefined) reading.problem(directive.at, message, 'remove one of them')
      seen.set(key, directive.at)
    }
    if (parent !== null) checkNesting(match, parent, directive.at, reading)
    return [compileLocation(directive, match, outer, reading)]
  })
}

function compileLocation(directive: CheckedDirective, match: Match, outer: Inherited, reading: NginxReading): Location {
  const { structure, instructions, inherited } = checkBlock(directive.block, 'location', outer, reading)
  const { proxy_pass, try_files, location, ...rest } = structure
  rest satisfies NothingLeft
  const [own] = proxy_pass
  const replaceable = match.kind === 'regex' || match.kind === 'named' ? null : match.path
  const pass = own === undefined ? null : compileProxyPass(own, replaceable, reading)
  checkTryFiles(try_files, pass, reading)
  const route = routeOf(inherited, pass, directive.at, reading)
  noteSurprises(directive.at, instructions, inherited, route, reading)
  return {
    match,
    steps: readSteps(instructions, { block: 'location', inherited, pass }, reading),
    route,
    locations: compileLocations(location, inherited, match, reading),
  }
}

/** What nginx does without a word, and what its users did not expect. */
function noteSurprises(
  at: string,
  instructions: readonly CheckedInstruction[],
  inherited: Inherited,
  { authentication, content }: Route,
  reading: NginxReading,
): void {
  if (content.kind === 'forward' && inherited.realm === null && inherited.usersFile === null) {
    reading.notice(
      at,
      'nobody is asked for a password in this location',
      'to ask for one, add: auth_basic "Registry"; auth_basic_user_file htpasswd; and to be silent here: auth_basic off;',
    )
  }
  if (content.kind === 'forward' && inherited.maxBodyBytes === nginxDefaults.maxBodyBytes) {
    reading.notice(
      at,
      'pushes of layers above 1 MiB are refused here with status 413, as by nginx',
      'to allow layers of any size, add: client_max_body_size 0;',
    )
  }
  const always = instructions.find(each => each.name === 'return')
  if (always !== undefined && authentication !== null) {
    reading.notice(always.at, '"return" answers before anybody is asked for a password, as in nginx')
  }
}

/** `location = /x`, `location ~* \.js$`, `location @name`; a modifier may stick to what follows it. */
function parseMatch({ args, at }: CheckedDirective, reading: NginxReading): Match | null {
  const [first = '', second] = args
  const glued = /^(=|\^~|~\*|~)(.*)$/s.exec(first)
  const modifier = second === undefined ? (glued?.[1] ?? '') : first
  const text = second ?? glued?.[2] ?? first
  switch (modifier) {
    case '':
      return { kind: text.startsWith('@') ? 'named' : 'prefix', path: text }
    case '=':
      return { kind: 'exact', path: text }
    case '^~':
      return { kind: 'final-prefix', path: text }
    case '~':
    case '~*':
      return { kind: 'regex', pattern: reading.regex(text, modifier === '~*', at) }
    default:
      reading.problem(at, `"${modifier}" is no modifier of "location"`, 'the modifiers are =, ^~, ~ and ~*')
      return null
  }
}

function checkNesting(match: Match, parent: Match, at: string, reading: NginxReading): void {
  const outer = parent.kind === 'regex' ? parent.pattern.source : parent.path
  if (parent.kind === 'exact' || parent.kind === 'named') {
    reading.problem(at, `a location cannot stand within the location "${outer}", which matches nothing further`)
  } else if (match.kind === 'named') {
    reading.problem(at, `the named location "${match.path}" can only stand in "server"`)
  } else if (match.kind !== 'regex' && !match.path.startsWith(outer)) {
    reading.problem(
      at,
      `the location "${match.path}" lies outside of "${outer}", within which it stands`,
      'move it to "server"',
    )
  }
}
