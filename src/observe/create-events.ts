/** Turns events into log lines and metrics. This file alone decides what each log line holds and which metrics change. */
import type { Problem } from '../errors/problem.js'
import { auditedEvent } from './audit.js'
import type { Events } from './events.js'
import { handshakeFailure } from './handshake.js'
import { accessFields, auditFields, known, reasonOf } from './log-fields.js'
import type { Logger } from './logger.js'
import { createMetrics, type Metrics } from './metrics.js'
import { throttled } from './throttled.js'

export function createEvents(log: Logger, metrics: Metrics = createMetrics()): Events {
  const proxyLineDue = throttled(60_000)
  const plainProxyLineDue = throttled(60_000)
  const outageLineDue = new Map([...outages].map(error => [error, throttled(60_000)]))
  const acceptLineDue = throttled(60_000)
  return {
    requestBegan(transfer) {
      metrics.requestBegan(transfer)
    },
    requestAnswered(transfer, request) {
      metrics.requestAnswered(transfer, request)
      if (request.access !== 'off') log[request.access === 'on' ? 'info' : 'debug'](accessFields(request), 'request')
      const { error, refusal, cause, status } = request
      if (error !== null && outageLineDue.get(error)?.() === true)
        log.warn({ error, status, ...known({ cause }) }, refusal ?? error)
      const event = auditedEvent(request)
      if (event === null) return
      metrics.audited(event)
      const level = event === 'login-failure' || event === 'denial' ? 'warn' : 'info'
      log[level]({ event, ...reasonOf(request, event), ...auditFields(request) }, 'audit')
    },
    requestBroken({ address, status, error, cause }) {
      metrics.requestBroken(status)
      log.info({ status, address, error, ...known({ cause }) }, 'request')
    },
    handshakeFailed(address, code) {
      const { reason, level, message, hint } = handshakeFailure(code)
      metrics.handshakeFailed(reason)
      log[level]({ address, reason, code, ...known({ hint }) }, message)
    },
    proxyHeaderRefused(address, reason) {
      metrics.proxyHeaderRefused()
      const hint = 'let the balancer send it (haproxy: send-proxy-v2), or take its address out of proxy_protocol'
      log[proxyLineDue() ? 'warn' : 'debug']({ address, reason, hint }, 'a balancer sent no PROXY header')
    },
    proxyWithoutTls(address, hint) {
      const message = 'a proxy speaks plain HTTP to a port that speaks TLS: its requests are refused'
      log[plainProxyLineDue() ? 'warn' : 'debug']({ address, hint }, message)
    },
    backendSpokeUnasked(backend, seconds) {
      const hint =
        'the backend, or a proxy before it, sends more than the answers that it was asked for: have it mended'
      log.warn(
        { backend, seconds, hint },
        'bytes came that belong to no answer: connections are not used again for a while',
      )
    },
    requestFailed(error) {
      log.error({ error: stackOf(error) }, 'a request failed inside the gate')
    },
    workerLost(pid, reason, doing) {
      metrics.workerLost()
      log.error({ pid, reason, ...known({ doing }) }, 'a worker ended and is replaced')
    },
    connectionsLimited(max) {
      metrics.connectionsLimited(max)
    },
    connectionShortage(max) {
      const hint = 'raise connections.max, or the limit of file descriptors (ulimit -n) that bounds it'
      log.warn({ max, hint }, 'as many connections are open as may be: new ones wait')
    },
    connectionShortageOver(shortage) {
      log.warn({ ...shortage }, 'new connections no longer wait')
    },
    connectionDropped(reason, count) {
      metrics.connectionsDropped(reason, count)
    },
    acceptFailed(address, error) {
      log[acceptLineDue() ? 'warn' : 'debug']({ address, cause: error.message }, 'a connection could not be accepted')
    },
    connectionsTakenBack(pid, count) {
      metrics.connectionsDropped('not-taken', count)
      log.warn({ pid, connections: count }, 'a worker did not take connections that it was given: they were closed')
    },
    processFailed(error) {
      log.fatal({ error: stackOf(error) }, 'a worker failed and ends')
    },
    usersChanged(change) {
      metrics.usersRead('read')
      log.info({ ...change }, 'users read')
    },
    signingKeysChanged(keys) {
      log.info({ keys }, 'the keys that sign tokens changed')
    },
    identityTokenDisplaced({ id, user, client, createdAt, usedAt }) {
      const times = { created: isoTime(createdAt), lastUsed: usedAt === null ? 'never' : isoTime(usedAt) }
      log.warn({ user, client, id, ...times }, 'an identity token gave way to a newer one: its user has too many')
    },
    certificateChanged(change) {
      metrics.certificateRead('read')
      log.info({ ...change }, 'a certificate changed and is in force')
    },
    certificateRefused(problems) {
      metrics.certificateRead('refused')
      log.error({ problems }, 'a certificate changed and cannot be used: the previous one stays in force')
    },
    usersRefused(problem) {
      metrics.usersRead('refused')
      log.warn(...problemLine(problem))
    },
    noticed(problem) {
      log.warn(...problemLine(problem))
    },
    linesIgnored(lines) {
      log.info({ lines }, 'lines of the nginx.conf have no effect here: "portcullis check" says why of each')
    },
    reloaded(changes) {
      metrics.configurationRead('read')
      log.info({ ...changes }, 'the configuration was reloaded and is in force')
    },
    reloadRefused(problems) {
      metrics.configurationRead('refused')
      log.error({ problems }, 'the new configuration cannot be used: the previous one stays in force')
    },
    certificatesInForce(certificates) {
      metrics.certificatesInForce(certificates)
    },
    loginsLocked({ network, user, of, seconds }) {
      metrics.loginsLocked(of === 'pair' ? 'user' : 'address')
      const whose = of === 'pair' ? 'one user from' : 'all new users from'
      log.warn(
        { network, ...known({ user }), seconds },
        `too many wrong passwords: logins of ${whose} this address wait`,
      )
    },
    loginsCountedAlone(outage) {
      log.warn({ ...outage }, 'Redis is out of reach: this gate counts wrong passwords for itself')
    },
    loginsCountedTogether({ redis, again }) {
      log.info({ redis }, `wrong passwords are counted in Redis${again ? ' again' : ''}`)
    },
    readOnlySwitched(file, now) {
      metrics.readOnly(now !== null)
      const event = now === null ? 'read-only-off' : 'read-only-on'
      metrics.audited(event)
      const { reason = null, owner = null } = now ?? {}
      const line = { file, ...known({ reason }), ...(owner === null ? {} : { owner }) }
      log.warn(line, now === null ? 'the registry is writable again' : 'the registry is read-only')
      log.warn({ event, ...line }, 'audit')
    },
    stopping(signal) {
      log.info({ signal }, 'stopping')
    },
  }
}

function problemLine({ where, message, hint }: Problem): [object, string] {
  return [{ where, ...known({ hint: hint ?? null }) }, message]
}

/** Refusals that nobody gets but where something is broken; told once a minute, so that they are seen without lines of requests. */
const outages: ReadonlySet<string> = new Set(['storage-full', 'storage-unwritable'])

const isoTime = (milliseconds: number) => new Date(milliseconds).toISOString()

const stackOf = (error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error))
