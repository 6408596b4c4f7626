/** nginx's `server`: its addresses, names and certificates, and what it does with a request. */
import type { Upstream, VariableMap, VirtualServer } from '../../routes/model.js'
import { filesUnder } from '../modules/proxy-pass.js'
import { compileTls } from '../modules/ssl.js'
import { knownDirectives } from '../modules/table.js'
import type { NginxReading } from '../reading.js'
import { parseServerName } from '../server-name.js'
import { type Checked, checkBlock } from './check-block.js'
import { type Listen, parseListen, standardListen } from './listen.js'
import { compileLocations } from './location.js'
import { type Inherited, routeOf } from './route.js'
import { compileSteps } from './steps.js'

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
  directive: Checked,
  outer: Inherited,
  shared: Shared,
  reading: NginxReading,
): ListeningServer {
  const { at } = directive
  const { structure, inherited } = checkBlock(directive.block, 'server', outer, reading)
  const words = structure
    .filter(each => each.name === 'server_name')
    .flatMap(each => each.args.map(word => ({ word, at: each.at })))
  for (const each of words) warnOfSwallowed(each.word, each.at, reading)
  const tls = compileTls(inherited, reading)
  if (inherited.tls !== null && tls === null) missingCertificate(inherited.tls, reading)
  const content = filesUnder(inherited.root)
  return {
    listens: listensOf(structure, inherited, at, reading),
    server: {
      names: words.flatMap(each => parseServerName(each.word, each.at, reading)),
      primaryName: primaryName(words[0]?.word ?? ''),
      tls,
      steps: compileSteps(structure, { inherited, content: null }, reading),
      route: routeOf(inherited, content, at, reading),
      locations: compileLocations(structure, inherited, null, reading),
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
  structure: readonly Checked[],
  inherited: Inherited,
  at: string,
  reading: NginxReading,
): readonly Listen[] {
  const written = structure.filter(each => each.name === 'listen').flatMap(each => parseListen(each, reading))
  const malformed = written.length === 0 && structure.some(each => each.name === 'listen')
  const listens = written.length > 0 || malformed ? written : [standardListen(at)]
  const seen = new Set<string>()
  for (const each of listens) {
    const address = `${each.host}:${each.port}`
    if (seen.has(address))
      reading.problem(each.at, `the server listens on ${address} a second time`, 'remove one of them')
    seen.add(address)
  }
  return listens.map(each => (inherited.tls === null ? each : { ...each, tls: true }))
}

/** nginx's `$server_name`: the first name, without the dot of `.example.com`. */
function primaryName(word: string): string {
  return word.startsWith('~') ? word : word.toLowerCase().replace(/^\.(?=.)/, '')
}

/** A missing `;` makes the next directive a further name, and nobody notices. */
function warnOfSwallowed(word: string, at: string, reading: NginxReading): void {
  if (!knownDirectives.has(word) || !word.includes('_')) return
  reading.notice(
    at,
    `"${word}" is read as one of the server's names`,
    `if it is meant as a directive, put a ";" before it`,
  )
}
