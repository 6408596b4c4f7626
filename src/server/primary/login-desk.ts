/** What the primary tells its workers about logins: it alone counts wrong passwords, for all of them. */
import type { LoginLimits, Outcome, Verdict } from '../../login-limits/limits.js'
import type { Events } from '../../observe/events.js'
import type { FromWorker, ToWorker } from '../messages.js'

/** What a worker says about logins. */
export type LoginMessage = Extract<FromWorker, { kind: 'attempt' | 'attempt-ended' }>

interface Worker {
  tell(message: ToWorker): void
}

export interface LoginDesk {
  hear(worker: Worker, message: LoginMessage): void
  /** A worker has ended: what it had under way counts as nothing. */
  gone(worker: Worker): void
}

export function createLoginDesk(limits: LoginLimits, events: Pick<Events, 'loginsLocked'>): LoginDesk {
  const underWay = new Map<Worker, Map<number, (outcome: Outcome) => Promise<void>>>()
  const departed = new WeakSet<Worker>()

  const attempt = async (worker: Worker, said: Extract<LoginMessage, { kind: 'attempt' }>) => {
    const { id, attempt, proved, user } = said
    const verdict = await limits.admit(attempt, proved)
    if (verdict.kind === 'locked' && verdict.isNew) {
      const { of, seconds } = verdict
      events.loginsLocked({ network: attempt.network, user: of === 'pair' ? user : null, of, seconds })
    }
    if (verdict.kind === 'admitted') {
      if (departed.has(worker)) return void verdict.end('unknown')
      const own = underWay.get(worker) ?? new Map()
      underWay.set(worker, own.set(id, verdict.end))
    }
    worker.tell({ kind: 'attempt-answered', id, answer: answerOf(verdict) })
  }

  return {
    hear(worker, message) {
      if (message.kind === 'attempt') return void attempt(worker, message)
      const end = underWay.get(worker)?.get(message.id)
      underWay.get(worker)?.delete(message.id)
      void end?.(message.outcome)
    },
    gone(worker) {
      departed.add(worker)
      for (const end of underWay.get(worker)?.values() ?? []) void end('unknown')
      underWay.delete(worker)
    },
  }
}

function answerOf(verdict: Verdict): Extract<ToWorker, { kind: 'attempt-answered' }>['answer'] {
  return verdict.kind === 'locked' ? { kind: 'locked', seconds: verdict.seconds } : { kind: verdict.kind }
}
