/** ngx_http_upstream_module: a name for one or several backends, which take turns. */
import type { Upstream } from '../../routes/model.js'
import { aNumber, any, aTime, block, ignored, structure, words } from '../readers.js'
import type { NginxReading } from '../reading.js'
import { type CheckedDirective, ignoredEach, many, nginxModule, once, refused } from '../row.js'
import { isAuthority } from './proxy-pass.js'

export const upstream = nginxModule('ngx_http_upstream_module', [
  many('upstream', ['http'], block([1, 1]), 'as in nginx'),
  many(
    'server',
    ['upstream'],
    structure([1, any]),
    'in `upstream`: servers take turns by their weights; `max_fails`, `fail_timeout` and `max_conns` change nothing',
  ),
  once('keepalive', ['upstream'], ignored('connections to backends are always kept', words(1, 2))),
  once('keepalive_requests', ['upstream'], ignored('a connection takes any number of requests', aNumber)),
  ...ignoredEach(['upstream'], ignored('the gate has a limit of its own for connections that wait', aTime), [
    'keepalive_time',
    'keepalive_timeout',
  ]),
  once('zone', ['upstream'], ignored('each worker takes the servers in turn', words(1, 2))),
  many('least_conn', ['upstream'], ignored('servers take turns', words(0))),
  many('random', ['upstream'], ignored('servers take turns', words(0, 2))),
  ...refused('send a client to the same server again', null, ['ip_hash', 'hash']),
])

/** Parameters that change nothing here: a server that fails is asked again for the next request. */
const withoutEffect = /^(max_fails|max_conns)=\d+$|^fail_timeout=\w+$|^resolve$/

/** @param servers the directives `server` in its block */
export function readUpstream(
  { args, at }: CheckedDirective,
  servers: readonly CheckedDirective[],
  reading: NginxReading,
): Upstream {
  const name = (args[0] ?? '').toLowerCase()
  if (servers.length === 0) {
    reading.problem(at, `the upstream "${name}" has no server`, 'add one: server registry:5000;')
  }
  return { name, servers: servers.map(server => compileServer(server, reading)) }
}

function compileServer({ args, at }: CheckedDirective, reading: NginxReading): Upstream['servers'][number] {
  const [address = '', ...parameters] = args
  let weight = 1
  let role: 'active' | 'backup' | 'down' = 'active'
  for (const parameter of parameters) {
    const given = /^weight=([1-9]\d{0,5})$/.exec(parameter)?.[1]
    if (given !== undefined) weight = Number(given)
    else if (parameter === 'backup' || parameter === 'down') role = parameter
    else if (!withoutEffect.test(parameter)) {
      reading.problem(at, `"${parameter}" is no parameter of a server in "upstream"`, 'look for a missing ";"')
    }
  }
  if (address.startsWith('unix:')) reading.problem(at, 'a backend behind a unix socket is not supported yet')
  else if (!isAuthority(address)) {
    reading.problem(at, `"${address}" is no address of a backend`, 'write a host and a port: registry:5000')
  }
  return { address: /:\d+$/.test(address) ? address : `${address}:80`, weight, role }
}

/** nginx refuses a port behind the name of an upstream, whose servers have ports of their own. */
export function checkBackends(upstreams: readonly Upstream[], reading: NginxReading): void {
  const names = new Set(upstreams.map(upstream => upstream.name))
  for (const { authority, at } of reading.backends) {
    const name = authority.replace(/:\d+$/, '')
    if (name !== authority && names.has(name)) {
      reading.problem(at, `"${name}" is an upstream, which cannot have a port`, `write proxy_pass http://${name};`)
    }
  }
}
