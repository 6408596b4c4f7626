/** The program of a worker process: does what the primary says, and serves. */
import { Socket } from 'node:net'
import { ProblemsFound } from '../../errors/problem.js'
import type { ReadOnly } from '../../gateway/model.js'
import { createEvents } from '../../observe/create-events.js'
import type { Events } from '../../observe/events.js'
import { outliveReader, written } from '../../observe/log-output.js'
import { createLogger } from '../../observe/logger.js'
import { createMetrics } from '../../observe/metrics.js'
import type { Settings } from '../../settings/settings.js'
import { confirmAccount } from '../drop-privileges.js'
import { createIdentityKeeping } from '../identity-keeping.js'
import { type FromWorker, isMessage, type ToWorker } from '../messages.js'
import { createWorkerGate, type Prepared, type WorkerGate } from './gate.js'
import { createLoginLimitClient } from './login-limit-client.js'
import { startWatchdog } from './watchdog.js'

confirmAccount(process)
outliveReader(process.stderr)

// A primary that is gone hears nothing, and its end is seen below.
const tell = (message: FromWorker) => void process.send?.(message, undefined, undefined, () => {})

let events: Events | null = null
const watchdog = startWatchdog(error => {
  const message = `nothing watches over the event loop of a worker: ${error instanceof Error ? error.message : error}`
  if (events === null) process.stderr.write(`${message}\n`)
  else events.noticed({ where: 'workers', message })
})
/** Told before the first state, so that it holds for the first request. */
let readOnly: ReadOnly | null = null
let gate: WorkerGate | null = null
const logins = createLoginLimitClient(tell, { maxWaiting: 256, timeoutMs: 10_000 })
let prepared: { readonly id: number; readonly change: Prepared } | null = null

const identities = createIdentityKeeping(
  (id, record) => tell({ kind: 'identity', id, record }),
  token => tell({ kind: 'identity-used', token }),
)
const metrics = createMetrics()
metrics.watch({ connections: () => gate?.connections ?? 0, passwordsWaiting: () => gate?.passwordsWaiting ?? 0 })

const eventsOf = ({ log }: Settings): Events =>
  createEvents(
    createLogger({ ...log, colour: process.env.PORTCULLIS_LOG_COLOUR === '1', output: process.stderr }),
    metrics,
  )

async function prepare(id: number, state: Extract<ToWorker, { kind: 'prepare' }>['state']): Promise<void> {
  events ??= eventsOf(state.settings)
  gate ??= createWorkerGate(events, {
    onProved: proof => tell({ kind: 'proved', proof }),
    identities,
    logins,
    readOnly: () => readOnly,
    watch: watchdog.watch,
  })
  try {
    prepared = { id, change: await gate.prepare(state) }
    tell({ kind: 'ready', id })
  } catch (error) {
    if (!(error instanceof ProblemsFound)) throw error
    tell({ kind: 'refused', id, problems: error.problems })
  }
}

function commit(id: number): void {
  if (prepared?.id !== id) return
  prepared.change.commit()
  watchdog.serves()
  prepared = null
  tell({ kind: 'committed', id })
}

function accept(id: number, address: string, socket: unknown): void {
  // The first thing: what was taken is this worker's, what was not is given to another one when this one dies.
  tell({ kind: 'taken', id })
  // A client that has left already has no socket any more.
  if (!(socket instanceof Socket)) return connectionEnded()
  socket.once('close', connectionEnded)
  if (gate === null) socket.destroy()
  else gate.accept(address, socket)
}

let ended = 0

/** The primary makes room for others; it is told of many at once. */
function connectionEnded(): void {
  ended++
  if (ended > 1) return
  setTimeout(() => {
    tell({ kind: 'connections-ended', count: ended })
    ended = 0
  }, endedPauseMs).unref()
}

const endedPauseMs = 50

async function count(id: number): Promise<void> {
  tell({ kind: 'counted', id, snapshot: await metrics.snapshot() })
}

/** Transfers end, then the process: nothing else keeps it, and the primary waits for that. */
async function drain(): Promise<void> {
  await gate?.close()
  await written(process.stderr)
  process.exit(0)
}

process.on('message', (message: unknown, handle: unknown) => {
  if (!isMessage<ToWorker>(message)) return
  switch (message.kind) {
    case 'prepare':
      return void prepare(message.id, message.state)
    case 'commit':
      return commit(message.id)
    case 'discard':
      if (prepared?.id === message.id) prepared = null
      return
    case 'connection':
      return accept(message.id, message.address, handle)
    case 'users':
      return gate?.usersChanged(message.file, message.users)
    case 'tokens':
      return gate?.tokensChanged(message.tokens)
    case 'identity-tokens':
      return gate?.identityTokensChanged(message.change)
    case 'identity-answered':
      return identities.answered(message.id, message.fault)
    case 'read-only':
      readOnly = message.readOnly
      return
    case 'proof':
      return gate?.acceptProof(message.proof)
    case 'attempt-answered':
      return logins.answered(message)
    case 'count':
      return void count(message.id)
    case 'drain':
      return void drain()
  }
})

// A terminal sends these to every process of the group; the primary alone decides what they mean.
for (const signal of ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})
// Without its primary a worker would serve for ever with what it last heard, and nobody could stop it.
process.once('disconnect', () => process.exit(0))
// What it holds in memory is in doubt now: a fresh process takes over, and only this one's transfers are lost.
process.on('uncaughtException', error => {
  if (events === null) process.stderr.write(`${error.stack ?? error.message}\n`)
  else events.processFailed(error)
  process.exit(70)
})
tell({ kind: 'started' })
