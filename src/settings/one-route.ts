/**
 * Compiles flags and portcullis.yaml to one server with one protected location, for the same engine that serves an
 * nginx.conf.
 */
import type { Content, Listener, Location, Route } from '../routes/model.js'
import { defaultLimits, type ListenAddress } from './settings.js'

export interface OneRoute {
  readonly listen: ListenAddress
  readonly cert: string
  readonly key: string
  /** The place that configures the certificate, for messages. */
  readonly certWhere: string
  readonly usersFile: string
  /** The place that configures the users file, for messages. */
  readonly usersWhere: string
  /** null: the embedded registry. */
  readonly backend: { readonly value: string; readonly where: string } | null
}

export function oneRoute(choice: OneRoute): Listener {
  const { idleMs } = defaultLimits
  const { backend } = choice
  const content: Content =
    backend === null
      ? { kind: 'embedded-registry' }
      : { kind: 'forward', where: backend.where, backend: [backend.value.replace(/\/$/, '')], path: null, verify: true }
  const registry: Route = {
    where: choice.usersWhere,
    authentication: {
      realm: ['Portcullis'],
      usersFile: choice.usersFile,
      where: choice.usersWhere,
      rulesMayOpen: true,
    },
    content,
    maxBodyBytes: null,
    // The registry builds its Location headers from Host and X-Forwarded-Proto. The gate sets X-Forwarded-* itself.
    backendHeaders: [{ name: 'Host', value: [{ variable: 'http_host' }] }],
    forwardedHeaders: 'set-by-gate',
    responseHeaders: [],
    errorPages: [],
    accessLog: true,
    idleMs: { read: idleMs, send: idleMs },
  }
  const open = (content: Content): Route => ({ ...registry, authentication: null, content, backendHeaders: [] })
  const page = (path: string, content: Content): Location => ({
    match: { kind: 'exact', path },
    steps: [],
    route: open(content),
    locations: [],
  })
  return {
    host: choice.listen.host,
    port: choice.listen.port,
    where: choice.listen.where,
    tls: true,
    servers: [
      {
        names: [],
        primaryName: '',
        tls: {
          certificates: [{ cert: choice.cert, key: choice.key, where: choice.certWhere }],
          ciphers: null,
          minVersion: 'TLSv1.2',
          preferServerCiphers: false,
        },
        steps: [],
        route: open({ kind: 'nothing' }),
        locations: [
          { match: { kind: 'exact', path: '/v2' }, steps: [], route: registry, locations: [] },
          { match: { kind: 'prefix', path: '/v2/' }, steps: [], route: registry, locations: [] },
          page('/', { kind: 'welcome-page' }),
          page('/portcullis/ca.pem', { kind: 'trust-certificate' }),
        ],
        maps: [],
        upstreams: [],
      },
    ],
  }
}
