/** What the primary tells its workers about logins: it alone counts wrong passwords, for all of them. */
import type { LimitVerdict, LoginLimits, PasswordOutcome } from '../../login-limits/limits.js'
import type { Events } from '../../observe/events.js'
import type { FromWorker, ToWorker } from '../messages.js'

/** What a worker says about logins. */
export type LoginMessage = Extract<FromWorker, { kind: 'attempt' | 'attempt-ended' }>

interface Worker {
  tell(message: ToWorker): void
}

export interface LoginLimitServer {
  hear(worker: Worker, message: LoginMessage): void
  /** A worker has ended: what it had under way counts as nothing. */
  gone(worker: Worker): void
}

export function createLoginLimitServer(limits: LoginLimits, events: Pick<Events, 'loginsLocked'>): LoginLimitServer {
  const underWay = new Map<Worker, Map<number, Asked>>()
  const departed = new WeakSet<Worker>()

  const attempt = async (worker: Worker, said: Extract<LoginMessage, { kind: 'attempt' }>) => {
    // What it had said may be read after its end is known.
    if (departed.has(worker)) return
    const { id, attempt, proved, user } = said
    const own = underWay.get(worker) ?? new Map<number, Asked>()
    const asked: Asked = { isWanted: true, end: null }
    underWay.set(worker, own.set(id, asked))
    const verdict = await limits.admit(attempt, proved, () => asked.isWanted)
    if (verdict.kind === 'locked' && verdict.isNew) {
      const { of, seconds } = verdict
      events.loginsLocked({ network: attempt.network, user: of === 'pair' ? user : null, of, seconds })
    }
    if (verdict.kind === 'admitted') {
      if (!asked.isWanted) return void verdict.end('unknown')
      asked.end = verdict.end
    } else own.delete(id)
    if (asked.isWanted) worker.tell({ kind: 'attempt-answered', id, answer: answerOf(verdict) })
  }
  const ended = (asked: Asked, outcome: PasswordOutcome) => {
    asked.isWanted = false
    void asked.end?.(outcome)
  }

  return {
    hear(worker, message) {
      if (message.kind === 'attempt') return void attempt(worker, message)
      const asked = underWay.get(worker)?.get(message.id)
      underWay.get(worker)?.delete(message.id)
      if (asked !== undefined) ended(asked, message.outcome)
    },
    gone(worker) {
      departed.add(worker)
      for (const asked of underWay.get(worker)?.values() ?? []) ended(asked, 'unknown')
      underWay.delete(worker)
    },
  }
}

/** A question of a worker. */
interface Asked {
  /** The worker is there, and waits for the answer or checks the password. */
  isWanted: boolean
  /** null before it is admitted. */
  end: ((outcome: PasswordOutcome) => Promise<void>) | null
}

function answerOf(verdict: LimitVerdict): Extract<ToWorker, { kind: 'attempt-answered' }>['answer'] {
  return verdict.kind === 'locked' ? { kind: 'locked', seconds: verdict.seconds } : { kind: verdict.kind }
}
