/** nginx's `server`: its addresses, names and certificates, and what it does with a request. */
import type { Upstream, VariableMap, VirtualServer } from '../../routes/model.js'
import { checkTryFiles } from '../modules/core.js'
import { ssl } from '../modules/ssl.js'
import { directives, type Inherited } from '../modules/table.js'
import type { NginxReading } from '../reading.js'
import type { CheckedDirective, NothingLeft } from '../row.js'
import { parseServerName } from '../server-name.js'
import { checkBlock } from './check-block.js'
import { type Listen, parseListen, standardListen } from './listen.js'
import { compileLocations } from './location.js'
import { routeOf } from './route.js'
import { readSteps } from './steps.js'

/** A server before it is put under the addresses on which it listens. */
export interface ListeningServer {
  readonly listens: readonly Listen[]
  readonly server: VirtualServer
  /** `nginx.conf:3` */
  readonly at: string
}

/** What stands beside the servers and can be named by every one of them. */
export interface Shared {
  readonly maps: readonly VariableMap[]
  readonly upstreams: readonly Upstream[]
}

export function compileServer(
  directive: CheckedDirective,
  outer: Inherited,
  shared: Shared,
  reading: NginxReading,
): ListeningServer {
  const { at } = directive
  const { structure, instructions, inherited } = checkBlock(directive.block, 'server', outer, reading)
  const { listen, server_name, try_files, location, ...rest } = structure
  rest satisfies NothingLeft
  checkTryFiles(try_files, null, reading)
  const words = server_name.flatMap(each => each.args.map(word => ({ word, at: each.at })))
  for (const each of words) warnOfSwallowed(each.word, each.at, reading)
  const { tls, everyAddress } = ssl.compile(inherited, reading)
  if (everyAddress !== null && tls === null) missingCertificate(everyAddress, reading)
  return {
    listens: listensOf(listen, everyAddress !== null, at, reading),
    server: {
      names: words.flatMap(each => parseServerName(each.word, each.at, reading)),
      primaryName: primaryName(words[0]?.word ?? ''),
      tls,
      steps: readSteps(instructions, { block: 'server', inherited, pass: null }, reading),
      route: routeOf(inherited, null, at, reading),
      locations: compileLocations(location, inherited, null, reading),
      ...shared,
    },
    at,
  }
}

export function missingCertificate(where: string, reading: NginxReading): void {
  reading.problem(
    where,
    'this address speaks TLS, but its server has no "ssl_certificate"',
    'create a pair with: create-certs, and name it with ssl_certificate and ssl_certificate_key',
  )
}

function listensOf(
  directives: readonly CheckedDirective[],
  tls: boolean,
  at: string,
  reading: NginxReading,
): readonly Listen[] {
  const written = directives.flatMap(each => parseListen(each, reading))
  const malformed = written.length === 0 && directives.length > 0
  const listens = written.length > 0 || malformed ? written : [standardListen(at)]
  const seen = new Set<string>()
  for (const each of listens) {
    const address = `${each.host}:${each.port}`
    if (seen.has(address))
      reading.problem(each.at, `the server listens on ${address} a second time`, 'remove one of them')
    seen.add(address)
  }
  return tls ? listens.map(each => ({ ...each, tls })) : listens
}

/** nginx's `$server_name`: the first name, without the dot of `.example.com`. */
function primaryName(word: string): string {
  return word.startsWith('~') ? word : word.toLowerCase().replace(/^\.(?=.)/, '')
}

/** A missing `;` makes the next directive a further name, and nobody notices. */
function warnOfSwallowed(word: string, at: string, reading: NginxReading): void {
  if (!directives.has(word) || !word.includes('_')) return
  reading.notice(
    at,
    `"${word}" is read as one of the server's names`,
    `if it is meant as a directive, put a ";" before it`,
  )
}
