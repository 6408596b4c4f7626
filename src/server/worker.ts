/** The program of a worker process: does what the primary says, and serves. */
import cluster from 'node:cluster'
import { ProblemsFound } from '../errors/problem.js'
import { createEvents, type Events } from '../observe/events.js'
import { createLogger } from '../observe/logger.js'
import { createMetrics } from '../observe/metrics.js'
import type { Settings } from '../settings/settings.js'
import { type FromWorker, isMessage, type ToWorker } from './messages.js'
import { createWorkerGate, type Prepared, type WorkerGate } from './worker-gate.js'

const tell = (message: FromWorker) => void process.send?.(message)

let gate: WorkerGate | null = null
let prepared: { readonly id: number; readonly change: Prepared } | null = null

const metrics = createMetrics()
metrics.watch({ connections: () => gate?.connections ?? 0, passwordsWaiting: () => gate?.passwordsWaiting ?? 0 })

const eventsOf = ({ log }: Settings): Events =>
  createEvents(
    createLogger({ ...log, colour: process.env.PORTCULLIS_LOG_COLOUR === '1', output: process.stderr }),
    metrics,
  )

async function prepare(id: number, state: Extract<ToWorker, { kind: 'prepare' }>['state']): Promise<void> {
  gate ??= createWorkerGate(eventsOf(state.settings), proof => tell({ kind: 'proved', proof }))
  try {
    prepared = { id, change: await gate.prepare(state) }
    tell({ kind: 'ready', id })
  } catch (error) {
    if (!(error instanceof ProblemsFound)) throw error
    tell({ kind: 'refused', id, problems: error.problems })
  }
}

function commit(id: number): void {
  if (gate === null || prepared?.id !== id) return
  prepared.change.commit()
  prepared = null
  tell({ kind: 'committed', id, urls: gate.urls, ports: gate.ports })
}

async function count(id: number): Promise<void> {
  tell({ kind: 'counted', id, snapshot: await metrics.snapshot() })
}

/** Transfers end, then the process: nothing else keeps it, and the primary waits for that. */
async function drain(): Promise<void> {
  await gate?.close()
  process.exit(0)
}

process.on('message', (message: unknown) => {
  if (!isMessage<ToWorker>(message)) return
  switch (message.kind) {
    case 'prepare':
      return void prepare(message.id, message.state)
    case 'commit':
      return commit(message.id)
    case 'discard':
      if (prepared?.id === message.id) void prepared.change.discard()
      return
    case 'users':
      return gate?.usersChanged(message.file, message.users)
    case 'proof':
      return gate?.acceptProof(message.proof)
    case 'count':
      return void count(message.id)
    case 'drain':
      return void drain()
  }
})

// A terminal sends these to every process of the group; the primary alone decides what they mean.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})
// Without its primary a worker would serve for ever with what it last heard.
cluster.worker?.once('disconnect', () => void drain())
tell({ kind: 'listening' })
