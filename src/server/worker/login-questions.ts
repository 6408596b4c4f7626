/** A worker's questions to the primary: may this password be checked? */
import { RequestError } from '../../errors/request-error.js'
import type { Attempt } from '../../login-limits/attempt.js'
import type { Outcome } from '../../login-limits/limits.js'
import type { FromWorker, ToWorker } from '../messages.js'

export interface LoginQuestions {
  /**
   * @param user the name, where there is somebody of that name: for the log
   * @param proved whether the password is known to be right
   * @returns what has to be told of the outcome, once
   * @throws RequestError 'too-many-wrong-passwords', and 'busy' where the primary does not answer or too many are waiting
   */
  ask(attempt: Attempt, user: string | null, proved?: boolean): Promise<(outcome: Outcome) => void>
  answered(message: Extract<ToWorker, { kind: 'attempt-answered' }>): void
}

export interface LoginQuestionsOptions {
  readonly maxWaiting: number
  /** How long the primary may take; longer than it lets an attempt wait for others. */
  readonly patienceMs: number
}

type Answer = Extract<ToWorker, { kind: 'attempt-answered' }>['answer']

export function createLoginQuestions(
  tell: (message: FromWorker) => void,
  { maxWaiting, patienceMs }: LoginQuestionsOptions,
): LoginQuestions {
  const waiting = new Map<number, (answer: Answer) => void>()
  let nextId = 1
  const answerTo = (id: number) =>
    new Promise<Answer>(resolve => {
      const answer = (said: Answer) => {
        clearTimeout(late)
        waiting.delete(id)
        resolve(said)
      }
      const late = setTimeout(() => answer({ kind: 'busy' }), patienceMs)
      waiting.set(id, answer)
    })
  return {
    async ask(attempt, user, proved = false) {
      if (waiting.size >= maxWaiting) throw busy()
      const id = nextId++
      tell({ kind: 'attempt', id, attempt, user, proved })
      const answer = await answerTo(id)
      switch (answer.kind) {
        case 'admitted':
          return outcome => tell({ kind: 'attempt-ended', id, outcome })
        case 'locked':
          throw new RequestError('too-many-wrong-passwords', { headers: { 'Retry-After': String(answer.seconds) } })
        case 'busy':
          throw busy()
      }
    },
    answered({ id, answer }) {
      const asked = waiting.get(id)
      if (asked !== undefined) return asked(answer)
      // Nobody waits for it any more.
      if (answer.kind === 'admitted') tell({ kind: 'attempt-ended', id, outcome: 'unknown' })
    },
  }
}

const busy = () => new RequestError('busy', { headers: { 'Retry-After': '1' } })
