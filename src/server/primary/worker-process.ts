/** One worker as the primary sees it: a child process that is told, asked and given connections, and that ends some day. */
import { type ChildProcess, fork, type StdioOptions } from 'node:child_process'
import type { Socket } from 'node:net'
import { Readable } from 'node:stream'
import { ProblemsFound } from '../../errors/problem.js'
import type { Snapshot } from '../../observe/add-up.js'
import type { IdentityToken } from '../../token/model.js'
import { type Account, cannotBecome, confirmEnvironment } from '../drop-privileges.js'
import type { IdentityStore } from '../identity-keeping.js'
import { type FromWorker, isMessage, type ToWorker } from '../messages.js'
import { watchEnvironment } from '../watch-environment.js'
import type { Taker } from './dispatch.js'
import { createLentConnections, type Given } from './lent-connections.js'
import type { LoginMessage } from './login-limit-server.js'
import { workerFlags } from './worker-flags.js'

/** The worker ended, or was ended because it said nothing, before it had answered. */
export class WorkerLost extends Error {
  override readonly name = 'WorkerLost'
}

export interface WorkerProcess extends Taker {
  readonly pid: number
  /** Milliseconds of performance.now(). */
  readonly startedAt: number
  tell(message: ToWorker): void
  /**
   * @param question made once the worker has started: it would hear nothing of a change that it was told of before
   * (decision S2)
   * @throws ProblemsFound where the worker refuses, WorkerLost where it does not answer
   */
  ask(kind: 'prepare' | 'commit', id: number, question: () => ToWorker): Promise<void>
  /** What it has counted so far. Rejects with WorkerLost where it ends first; one that says nothing stays alive. */
  count(): Promise<Snapshot>
  /** Resolves once the process is gone. */
  readonly gone: Promise<WorkerEnd>
  kill(): void
}

export interface WorkerEnd {
  /** `SIGKILL`, `exit code 70`, or why the primary killed it. */
  readonly reason: string
  /** What it was doing when its event loop stood still; null where it ended otherwise. */
  readonly doing: string | null
  /** Connections that it was given and had not taken: another worker gets them. */
  readonly left: readonly Given[]
}

export interface WorkerOptions {
  /** worker.js in its compiled form. */
  readonly file: URL
  readonly environment: Readonly<Record<string, string>>
  /** Whom it becomes before its first instruction; null: what the primary is. */
  readonly account: Account | null
  /** How long it may take to start, and to answer each question, before it is killed. */
  readonly timeoutMs: number
  /** See watch-environment.ts. */
  readonly heartbeatMs: number
  readonly onProved: (proof: string) => void
  readonly identities: IdentityStore
  readonly onLogin: (message: LoginMessage) => void
  /** Connections that it had have ended. */
  readonly onConnectionsEnded: () => void
  /** So many connections were closed because it did not get them. */
  readonly onConnectionsTakenBack: (count: number) => void
}

const answers = { prepare: 'ready', commit: 'committed' } as const

/** @throws ProblemsFound where the system does not let it become that user */
export function startWorker(options: WorkerOptions): WorkerProcess {
  const child = forkAs(options)
  const lent = createLentConnections(options.onConnectionsTakenBack)
  const clock = setInterval(lent.tick, 1_000).unref()
  const listeners = new Set<(message: FromWorker) => void>()
  let nextId = 1
  let killed: { readonly reason: string; readonly doing: string | null } | null = null
  const kill = (reason: string, doing: string | null = null) => {
    killed ??= { reason, doing }
    child.kill('SIGKILL')
  }
  readReport(child, kill)
  const gone = goneWith(child).then(reason => ({ reason, doing: null, ...killed, left: lent.left() }))
  void gone.then(() => clearInterval(clock))
  child.on('message', (message: unknown) => {
    if (!isMessage<FromWorker>(message)) return
    if (message.kind === 'proved') return options.onProved(message.proof)
    if (message.kind === 'identity') return void answerIdentity(message.id, message.record)
    if (message.kind === 'identity-used') return options.identities.used(message.token)
    if (message.kind === 'attempt' || message.kind === 'attempt-ended') return options.onLogin(message)
    if (message.kind === 'taken') return lent.taken(message.id)
    if (message.kind === 'connections-ended') {
      lent.ended(message.count)
      return options.onConnectionsEnded()
    }
    for (const listen of [...listeners]) listen(message)
  })

  const lost = (reason: string) => new WorkerLost(`worker ${child.pid}: ${reason}`)
  /** Resolves at the first message of which `meant` says true; rejects once the process is gone. */
  const wait = (what: string, meant: (message: FromWorker) => boolean): Promise<void> =>
    new Promise((resolve, reject) => {
      const end = (finish: () => void) => {
        clearTimeout(late)
        listeners.delete(listen)
        finish()
      }
      const listen = (message: FromWorker) => {
        try {
          if (meant(message)) end(resolve)
        } catch (error) {
          end(() => reject(error))
        }
      }
      const late = setTimeout(() => {
        kill(`did not ${what} within ${options.timeoutMs / 1000} s`)
      }, options.timeoutMs)
      listeners.add(listen)
      void gone.then(({ reason }) => end(() => reject(lost(reason))))
    })
  const started = wait('start', message => message.kind === 'started')
  // The next question rejects with it.
  started.catch(() => {})
  // A worker that has just died cannot be told anything; its end is noticed elsewhere.
  const send = (message: ToWorker, socket?: Socket) => {
    if (child.connected) child.send(message, socket, { keepOpen: true }, () => {})
  }

  const answerIdentity = async (id: number, record: IdentityToken | null) => {
    const { identities } = options
    const fault = await (record === null ? identities.look() : identities.keep(record)).then(
      () => null,
      (error: unknown) => (error instanceof Error ? error.message : 'unknown error'),
    )
    send({ kind: 'identity-answered', id, fault })
  }

  return {
    pid: child.pid ?? 0,
    startedAt: performance.now(),
    gone,
    get pending() {
      return lent.pending
    },
    get open() {
      return lent.open
    },
    tell: message => send(message),
    async ask(kind, id, question) {
      await started
      const answer = wait(kind, message => {
        if (!('id' in message) || message.id !== id) return false
        if (message.kind === 'refused') throw new ProblemsFound(message.problems)
        return message.kind === answers[kind]
      })
      send(question())
      return answer
    },
    count() {
      const id = nextId++
      return new Promise((resolve, reject) => {
        const listen = (message: FromWorker) => {
          if (message.kind !== 'counted' || message.id !== id) return
          listeners.delete(listen)
          resolve(message.snapshot)
        }
        listeners.add(listen)
        void gone.then(({ reason }) => reject(lost(reason)))
        send({ kind: 'count', id })
      })
    },
    take(address, socket) {
      const id = lent.give({ address, socket })
      send({ kind: 'connection', id, address }, socket)
    },
    kill: () => void child.kill('SIGKILL'),
  }
}

/** Behind stdin, stdout, stderr and the channel for messages. */
const reportFd = 4

function forkAs({ file, account, environment, heartbeatMs }: WorkerOptions): ChildProcess {
  const watch = watchEnvironment({ reportFd, heartbeatMs })
  const env = { ...process.env, ...confirmEnvironment(account), ...watch, ...environment }
  const stdio: StdioOptions = ['inherit', 'inherit', 'inherit', 'ipc', 'pipe']
  try {
    return fork(file, [], {
      serialization: 'advanced',
      stdio,
      env,
      execArgv: workerFlags(process.execArgv),
      ...account,
    })
  } catch (error) {
    throw account === null ? error : cannotBecome(account, error)
  }
}

/** The watchdog of a worker writes one line: why it is to be killed, a tab, and what it was doing. */
function readReport({ stdio }: ChildProcess, kill: (reason: string, doing: string) => void): void {
  const pipe = stdio[reportFd]
  if (!(pipe instanceof Readable)) return
  let text = ''
  pipe.setEncoding('utf8').on('data', (part: string) => {
    text = `${text}${part}`.slice(0, maxReport)
    const match = /^([^\t\n]*)\t([^\t\n]*)\n/.exec(text)
    if (match !== null) kill(match[1] ?? '', match[2] ?? '')
  })
  // The end of the process is noticed elsewhere.
  pipe.on('error', () => {})
}

const maxReport = 1_000

function goneWith(child: ChildProcess): Promise<string> {
  return new Promise(resolve => {
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`))
    // It could not be started at all, or not be told something; then its exit follows.
    child.on('error', error => {
      if (child.pid === undefined) resolve(error.message)
    })
  })
}
