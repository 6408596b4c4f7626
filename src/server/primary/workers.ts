import { ProblemsFound } from '../../errors/problem.js'
import { programFile } from '../../files/program-file.js'
import type { ReadOnly } from '../../gateway/model.js'
import { connectionLimits } from '../connection-limits.js'
import { withIdentityChange } from '../identity-change.js'
import type { ToWorker } from '../messages.js'
import type { ServingState } from '../serving-state.js'
import { defaultHeartbeatMs } from '../watch-environment.js'
import { createDispatch } from './dispatch.js'
import { createCounts } from './gather-counts.js'
import { onceEach } from './once-each.js'
import { startWorker, type WorkerEnd, WorkerLost, type WorkerProcess } from './worker-process.js'
import type { Workers, WorkersOptions } from './workers-model.js'

/** A worker that ends sooner than this after its start died young: no fork storm. */
const youngMs = 5_000
const maxPauseMs = 10_000
/** So many in a row that died young are no accident. */
const hopelessAfter = 8
/** What workers may take beyond their time for transfers. */
const tidyUpMs = 5_000
/** A scrape does not wait longer for a worker. */
const countingMs = 2_000

export function createWorkers(options: WorkersOptions): Workers {
  const { count, events, timeoutMs = 30_000, heartbeatMs = defaultHeartbeatMs, pauseMs = 200 } = options
  const file = options.file ?? programFile('#worker')
  const members = new Set<WorkerProcess>()
  const serving = new Set<WorkerProcess>()
  const dispatch = createDispatch(connectionLimits({ workers: count, connections: null }), events)
  const counts = createCounts<WorkerProcess>(worker => worker.count(), countingMs)
  let state: ServingState | null = null
  /** For each state that is not in force yet: what has changed since, and is not in it. */
  const awaiting = new Set<Change[]>()
  let readOnly: ReadOnly | null = null
  let stopping = false
  let diedYoung = 0
  let nextId = 1
  let giveUp: (error: Error) => void = () => {}
  const hopeless = new Promise<Error>(resolve => {
    giveUp = resolve
  })
  /** A successor must not be given a state that is just being replaced. */
  let turn: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(change: () => Promise<T>): Promise<T> => {
    const result = turn.then(change)
    turn = result.catch(() => {})
    return result
  }

  const start = (): WorkerProcess => {
    const worker = startWorker({
      file,
      environment: options.environment,
      account: options.account,
      timeoutMs,
      heartbeatMs,
      identities: options.identities,
      onProved: proof => {
        for (const other of members) if (other !== worker) other.tell({ kind: 'proof', proof })
      },
      onLogin: message => options.logins.hear(worker, message),
      onConnectionsEnded: dispatch.moveOn,
      onConnectionsTakenBack: number => events.connectionsTakenBack(worker.pid, number),
    })
    members.add(worker)
    worker.tell({ kind: 'read-only', readOnly })
    void worker.gone.then(end => ended(worker, end))
    return worker
  }

  const ended = (worker: WorkerProcess, { reason, doing, left }: WorkerEnd) => {
    members.delete(worker)
    serving.delete(worker)
    counts.ended(worker)
    dispatch.remove(worker)
    options.logins.gone(worker)
    for (const { address, socket } of left) dispatch.give(address, socket)
    if (stopping || state === null) return
    events.workerLost(worker.pid, reason, doing)
    diedYoung = performance.now() - worker.startedAt < youngMs ? diedYoung + 1 : 0
    if (diedYoung >= hopelessAfter && serving.size === 0) {
      return giveUp(new Error(`${diedYoung} workers in a row ended soon after their start; the last one: ${reason}`))
    }
    const pause = diedYoung < 2 ? 0 : Math.min(pauseMs * 2 ** (diedYoung - 2), maxPauseMs)
    setTimeout(() => {
      if (stopping || members.size >= count) return
      // It starts at once, whatever change is under way, and only then waits for its turn.
      const successor = start()
      void inTurn(() => lead(successor))
    }, pause)
  }

  /** Gives a successor what is in force, unless a change has done so. */
  const lead = async (worker: WorkerProcess) => {
    const before = state
    if (stopping || before === null || serving.has(worker) || !members.has(worker)) return
    const id = nextId++
    try {
      await worker.ask('prepare', id, () => ({ kind: 'prepare', id, state: state ?? before }))
      await commit([worker], id)
    } catch {
      // Its end, and why, is told and leads to the next attempt.
      worker.kill()
    }
  }

  const commit = async (workers: readonly WorkerProcess[], id: number) => {
    const outcomes = await Promise.allSettled(
      workers.map(worker => worker.ask('commit', id, () => ({ kind: 'commit', id }))),
    )
    workers.forEach((worker, index) => {
      if (outcomes[index]?.status !== 'fulfilled' || serving.has(worker) || stopping) return
      serving.add(worker)
      dispatch.add(worker)
    })
  }

  const attempt = async (next: () => ServingState): Promise<'done' | WorkerLost> => {
    if (stopping) return new WorkerLost('the gate is stopping')
    const id = nextId++
    while (members.size < count) start()
    const workers = [...members]
    const outcomes = await Promise.allSettled(
      workers.map(worker => worker.ask('prepare', id, () => ({ kind: 'prepare', id, state: next() }))),
    )
    const failures = outcomes.flatMap(outcome => (outcome.status === 'rejected' ? [outcome.reason] : []))
    if (failures.length === 0 && !stopping) {
      state = next()
      dispatch.limit(connectionLimits({ workers: count, connections: state.settings.connections }))
      await commit(workers, id)
      return 'done'
    }
    for (const worker of workers) worker.tell({ kind: 'discard', id })
    const problems = onceEach(failures)
    if (problems.length > 0) throw new ProblemsFound(problems)
    return failures.find(failure => failure instanceof WorkerLost) ?? new WorkerLost('the gate is stopping')
  }

  const changed = (change: Change, message: ToWorker) => {
    if (state !== null) state = change(state)
    for (const changes of awaiting) changes.push(change)
    for (const worker of members) worker.tell(message)
  }

  return {
    get state() {
      return state
    },
    hopeless,
    hand: dispatch.give,
    get waiting() {
      return dispatch.waiting
    },
    async serve(said) {
      const changes: Change[] = []
      awaiting.add(changes)
      const next = () => changes.reduce((all, change) => change(all), said)
      try {
        // A worker may have been killed just now, for which the new state is not to blame.
        const outcome = await inTurn(async () => {
          const first = await attempt(next)
          return first === 'done' ? first : attempt(next)
        })
        if (outcome !== 'done') throw outcome
      } finally {
        awaiting.delete(changes)
      }
    },

    usersChanged(file, users) {
      changed(all => ({ ...all, users: new Map([...all.users, [file, users]]) }), { kind: 'users', file, users })
    },
    tokensChanged(tokens, change) {
      if (change === null) return changed(all => ({ ...all, tokens }), { kind: 'tokens', tokens })
      const message = { kind: 'identity-tokens', change } as const
      changed(all => ({ ...all, tokens: withIdentityChange(all.tokens, change) }), message)
    },

    readOnlyChanged(next) {
      readOnly = next
      for (const worker of members) worker.tell({ kind: 'read-only', readOnly })
    },

    counted: () => counts.gather([...serving]),

    async drain() {
      stopping = true
      const waitMs = (state?.settings.limits.drainMs ?? 0) + tidyUpMs
      const late = setTimeout(() => {
        for (const worker of members) worker.kill()
      }, waitMs)
      const gone = [...members].map(worker => worker.gone)
      for (const worker of members) {
        if (serving.has(worker)) worker.tell({ kind: 'drain' })
        else worker.kill()
      }
      await Promise.all(gone)
      clearTimeout(late)
      dispatch.close()
    },

    kill() {
      stopping = true
      for (const worker of members) worker.kill()
    },
  }
}

type Change = (state: ServingState) => ServingState
