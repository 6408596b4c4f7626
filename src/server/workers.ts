/** The worker processes as one: told the same, replaced when one dies, and drained together. */
import cluster, { type Worker } from 'node:cluster'
import { type Problem, ProblemsFound } from '../errors/problem.js'
import type { Users } from '../htpasswd/users.js'
import type { Snapshot } from '../observe/add-up.js'
import type { Events } from '../observe/events.js'
import { certificateEnds } from './certificate-ends.js'
import { createCounts } from './gather-counts.js'
import { type FromWorker, isMessage, type ToWorker } from './messages.js'
import type { ServingState } from './serving-state.js'

export interface Serving {
  readonly urls: readonly string[]
  readonly ports: readonly number[]
}

export interface Workers {
  /**
   * Puts a state in force in every worker, or in none.
   * @throws ProblemsFound where a worker cannot serve it; the state before stays in force then
   */
  serve(state: ServingState): Promise<Serving>
  usersChanged(file: string, users: Users): void
  /** What the workers have counted since the gate was started. */
  counted(): Promise<readonly Snapshot[]>
  /** Lets transfers end, then the processes. */
  drain(): Promise<void>
}

/** A worker that dies sooner than this after its start waits this long for its successor: no fork storm. */
const restlessMs = 1_000
/** A scrape does not wait longer for a worker. */
const countingMs = 2_000

export function createWorkers(options: {
  readonly count: number
  readonly colour: boolean
  readonly events: Events
}): Workers {
  cluster.setupPrimary({ exec: new URL('./worker.js', import.meta.url).pathname, args: [], serialization: 'advanced' })
  const { count, colour, events } = options
  let state: ServingState | null = null
  let stopping = false
  /** One change at a time: a successor must not be given a state that is just being replaced. */
  let turn: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(change: () => Promise<T>): Promise<T> => {
    const result = turn.then(change)
    turn = result.catch(() => {})
    return result
  }
  let nextId = 1
  /** Resolves when a worker can be told something, or has ended. */
  const listening = new WeakMap<Worker, Promise<void>>()
  /** Those that can: others would only let a question be waited for. */
  const heard = new WeakSet<Worker>()

  const all = () => Object.values(cluster.workers ?? {}).filter(worker => worker !== undefined)
  const broadcast = (message: ToWorker, except?: Worker) => {
    for (const worker of all()) if (worker !== except) send(worker, message)
  }

  const counts = createCounts<Worker>(
    async worker => (await ask(worker, { kind: 'count', id: nextId++ }, 'counted')).snapshot,
    countingMs,
  )

  const fork = (): Worker => {
    const worker = cluster.fork(colour ? { PORTCULLIS_LOG_COLOUR: '1' } : {})
    const startedAt = performance.now()
    listening.set(
      worker,
      new Promise(resolve => {
        worker.once('exit', () => resolve())
        worker.on('message', message => {
          if (!isMessage<FromWorker>(message)) return
          if (message.kind === 'listening') {
            heard.add(worker)
            resolve()
          }
          if (message.kind === 'proved') broadcast({ kind: 'proof', proof: message.proof }, worker)
        })
      }),
    )
    worker.once('exit', (code, signal) => {
      counts.ended(worker)
      if (stopping || state === null) return
      events.workerLost(worker.process.pid ?? 0, signal ?? `exit code ${code}`)
      const wait = performance.now() - startedAt < restlessMs ? restlessMs : 0
      setTimeout(() => void inTurn(replace), wait)
    })
    return worker
  }

  const replace = async () => {
    if (stopping || state === null) return
    const worker = fork()
    const id = nextId++
    try {
      await listening.get(worker)
      await ask(worker, { kind: 'prepare', id, state }, 'ready')
      await ask(worker, { kind: 'commit', id }, 'committed')
    } catch (error) {
      events.requestFailed(error)
      worker.kill('SIGKILL')
    }
  }

  return {
    serve: next =>
      inTurn(async () => {
        const id = nextId++
        while (all().length < count) fork()
        const workers = all()
        await Promise.all(workers.map(worker => listening.get(worker)))
        const outcomes = await Promise.allSettled(
          workers.map(worker => ask(worker, { kind: 'prepare', id, state: next }, 'ready')),
        )
        const problems = refusals(outcomes)
        if (problems.length > 0) {
          broadcast({ kind: 'discard', id })
          throw new ProblemsFound(problems)
        }
        state = next
        const committed = await Promise.all(workers.map(worker => ask(worker, { kind: 'commit', id }, 'committed')))
        events.certificatesInForce(certificateEnds(next))
        const [first] = committed
        return { urls: first?.urls ?? [], ports: first?.ports ?? [] }
      }),

    usersChanged(file, users) {
      if (state !== null) state = { ...state, users: new Map([...state.users, [file, users]]) }
      broadcast({ kind: 'users', file, users })
    },

    counted: () => counts.gather(all().filter(worker => heard.has(worker))),

    async drain() {
      stopping = true
      const workers = all()
      const gone = workers.map(worker => new Promise<void>(resolve => worker.once('exit', () => resolve())))
      broadcast({ kind: 'drain' })
      await Promise.all(gone)
    },
  }
}

/** A worker that has just died cannot be told anything; its exit is noticed elsewhere. */
function send(worker: Worker, message: ToWorker): void {
  if (worker.isConnected()) worker.send(message, undefined, () => {})
}

type Answer<K extends FromWorker['kind']> = Extract<FromWorker, { readonly kind: K }>

/** @throws ProblemsFound where the worker refuses, Error where it dies instead of answering */
function ask<K extends 'ready' | 'committed' | 'counted'>(
  worker: Worker,
  question: ToWorker & { readonly id: number },
  expected: K,
): Promise<Answer<K>> {
  return new Promise((resolve, reject) => {
    const listen = (message: unknown) => {
      if (!isMessage<FromWorker>(message) || !('id' in message) || message.id !== question.id) return
      if (message.kind === 'refused') finish(() => reject(new ProblemsFound(message.problems)))
      else if (isAnswer(message, expected)) finish(() => resolve(message))
    }
    const died = () => finish(() => reject(new Error(`worker ${worker.process.pid} ended before it answered`)))
    const finish = (then: () => void) => {
      worker.off('message', listen)
      worker.off('exit', died)
      then()
    }
    worker.on('message', listen)
    worker.on('exit', died)
    send(worker, question)
  })
}

const isAnswer = <K extends FromWorker['kind']>(message: FromWorker, kind: K): message is Answer<K> =>
  message.kind === kind

/** Each problem once, though every worker reports it. */
function refusals(outcomes: readonly PromiseSettledResult<unknown>[]): Problem[] {
  const found = new Map<string, Problem>()
  for (const outcome of outcomes) {
    if (outcome.status === 'fulfilled') continue
    if (!(outcome.reason instanceof ProblemsFound)) throw outcome.reason
    for (const problem of outcome.reason.problems) found.set(JSON.stringify(problem), problem)
  }
  return [...found.values()]
}
