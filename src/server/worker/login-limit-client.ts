/** A worker's questions to the primary: may this password be checked? */
import { RequestError } from '../../errors/request-error.js'
import type { Attempt } from '../../login-limits/attempt.js'
import type { PasswordOutcome } from '../../login-limits/limits.js'
import type { FromWorker, ToWorker } from '../messages.js'

export interface LoginLimitClient {
  /**
   * @param user the name, if there is a user of that name: for the log
   * @param proved whether the password is known to be right
   * @returns what has to be told of the outcome, once
   * @throws RequestError 'too-many-wrong-passwords', and 'busy' where the primary does not answer or too many are waiting: then one of the
   * network that has the most of them gives way
   */
  ask(attempt: Attempt, user: string | null, proved?: boolean): Promise<(outcome: PasswordOutcome) => void>
  answered(message: Extract<ToWorker, { kind: 'attempt-answered' }>): void
}

export interface LoginLimitClientOptions {
  readonly maxWaiting: number
  /** How long the primary may take; longer than it lets an attempt wait for others. */
  readonly timeoutMs: number
}

type Answer = Extract<ToWorker, { kind: 'attempt-answered' }>['answer']

export function createLoginLimitClient(
  tell: (message: FromWorker) => void,
  { maxWaiting, timeoutMs }: LoginLimitClientOptions,
): LoginLimitClient {
  const waiting = new Map<number, Question>()
  let nextId = 1
  const answerTo = (id: number, network: string) =>
    new Promise<Answer>(resolve => {
      const answer = (said: Answer) => {
        clearTimeout(late)
        waiting.delete(id)
        resolve(said)
      }
      const giveUp = () => {
        answer({ kind: 'busy' })
        tell({ kind: 'attempt-ended', id, outcome: 'unknown' })
      }
      const late = setTimeout(giveUp, timeoutMs)
      waiting.set(id, { network, answer, giveUp })
    })
  return {
    async ask(attempt, user, proved = false) {
      if (waiting.size >= maxWaiting) {
        const last = lastOfCrowd([...waiting.values()], attempt.network)
        if (last === null) throw busy()
        last.giveUp()
      }
      const id = nextId++
      tell({ kind: 'attempt', id, attempt, user, proved })
      const answer = await answerTo(id, attempt.network)
      switch (answer.kind) {
        case 'admitted':
          return outcome => tell({ kind: 'attempt-ended', id, outcome })
        case 'locked':
          throw new RequestError('too-many-wrong-passwords', { headers: { 'Retry-After': String(answer.seconds) } })
        case 'busy':
          throw busy()
      }
    },
    // Where nobody waits for it any more, the primary has been told.
    answered: ({ id, answer }) => waiting.get(id)?.answer(answer),
  }
}

interface Question {
  readonly network: string
  answer(said: Answer): void
  /** Before an answer has come. */
  giveUp(): void
}

/** The last question of the network that has the most; null where that is the one of the newcomer, or has no more than it. */
function lastOfCrowd(questions: readonly Question[], newcomer: string): Question | null {
  const counts = new Map<string, number>()
  for (const { network } of questions) counts.set(network, (counts.get(network) ?? 0) + 1)
  const most = Math.max(...counts.values())
  if ((counts.get(newcomer) ?? 0) + 1 >= most) return null
  return questions.findLast(({ network }) => counts.get(network) === most) ?? null
}

const busy = () => new RequestError('busy', { headers: { 'Retry-After': '1' } })
