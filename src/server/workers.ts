/** The worker processes as one: told the same, replaced when one dies, and drained together. */
import cluster, { type Worker } from 'node:cluster'
import { type Problem, ProblemsFound } from '../errors/problem.js'
import type { Users } from '../htpasswd/users.js'
import type { Events } from '../observe/events.js'
import { type Account, cannotBecome, confirmEnvironment } from './drop-privileges.js'
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
  /** Lets transfers end, then the processes. */
  drain(): Promise<void>
}

/** A worker that dies sooner than this after its start waits this long for its successor: no fork storm. */
const restlessMs = 1_000

export function createWorkers(options: {
  readonly count: number
  readonly colour: boolean
  readonly events: Events
  /** Whom they become; null: what the primary is. */
  readonly account: Account | null
}): Workers {
  const { count, colour, events, account } = options
  cluster.setupPrimary({
    exec: new URL('./worker.js', import.meta.url).pathname,
    args: [],
    serialization: 'advanced',
    ...account,
  })
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

  const all = () => Object.values(cluster.workers ?? {}).filter(worker => worker !== undefined)
  const broadcast = (message: ToWorker, except?: Worker) => {
    for (const worker of all()) if (worker !== except) send(worker, message)
  }

  const fork = (): Worker => {
    const worker = forkAs(account, colour)
    const startedAt = performance.now()
    listening.set(
      worker,
      new Promise(resolve => {
        worker.once('exit', () => resolve())
        worker.on('message', message => {
          if (!isMessage<FromWorker>(message)) return
          if (message.kind === 'listening') resolve()
          if (message.kind === 'proved') broadcast({ kind: 'proof', proof: message.proof }, worker)
        })
      }),
    )
    worker.once('exit', (code, signal) => {
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
        const [first] = committed
        return { urls: first?.urls ?? [], ports: first?.ports ?? [] }
      }),

    usersChanged(file, users) {
      if (state !== null) state = { ...state, users: new Map([...state.users, [file, users]]) }
      broadcast({ kind: 'users', file, users })
    },

    async drain() {
      stopping = true
      const workers = all()
      const gone = workers.map(worker => new Promise<void>(resolve => worker.once('exit', () => resolve())))
      broadcast({ kind: 'drain' })
      await Promise.all(gone)
    },
  }
}

/** @throws ProblemsFound where the system does not let it become that user */
function forkAs(account: Account | null, colour: boolean): Worker {
  const env = { ...confirmEnvironment(account), ...(colour ? { PORTCULLIS_LOG_COLOUR: '1' } : {}) }
  try {
    return cluster.fork(env)
  } catch (error) {
    throw account === null ? error : cannotBecome(account, error)
  }
}

/** A worker that has just died cannot be told anything; its exit is noticed elsewhere. */
function send(worker: Worker, message: ToWorker): void {
  if (worker.isConnected()) worker.send(message, undefined, () => {})
}

type Answer<K extends FromWorker['kind']> = Extract<FromWorker, { readonly kind: K }>

/** @throws ProblemsFound where the worker refuses, Error where it dies instead of answering */
function ask<K extends 'ready' | 'committed'>(
  worker: Worker,
  question: ToWorker & { readonly id: number },
  expected: K,
): Promise<Answer<K>> {
  const early = new Error(`worker ${worker.process.pid} ended before it answered`)
  // Its exit has been told already, and would be waited for in vain.
  if (worker.isDead()) return Promise.reject(early)
  return new Promise((resolve, reject) => {
    const listen = (message: unknown) => {
      if (!isMessage<FromWorker>(message) || !('id' in message) || message.id !== question.id) return
      if (message.kind === 'refused') finish(() => reject(new ProblemsFound(message.problems)))
      else if (isAnswer(message, expected)) finish(() => resolve(message))
    }
    const died = () => finish(() => reject(early))
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
