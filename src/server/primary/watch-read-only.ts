/** Notices that the registry was made read-only, or writable again, by whomever: a command, `touch`, a gate on another machine. */
import type { Problem } from '../../errors/problem.js'
import { pollRepeatedly } from '../../files/poll.js'
import type { SwitchedReadOnly } from '../../observe/events.js'
import { lookAtReadOnly } from '../read-only-file.js'

export interface WatchReadOnlyOptions {
  /** It was switched on or off (null), or is on for another reason than before. Must not throw. */
  readonly onChange: (now: SwitchedReadOnly | null) => void
  /** Nobody can say. Told once for each cause. Must not throw. */
  readonly onTrouble: (problem: Problem) => void
  readonly intervalMs?: number
}

/**
 * Resolves after the first look, and looks on until it is closed. Where nobody can say whether the file is there, what was in force
 * stays; at the start, the registry is read-only then.
 */
export async function watchReadOnly(
  file: string,
  { onChange, onTrouble, intervalMs = 200 }: WatchReadOnlyOptions,
): Promise<{ close(): void }> {
  /** undefined before the first look. */
  let inForce: SwitchedReadOnly | null | undefined
  let told: string | null = null
  let closed = false

  const put = (now: SwitchedReadOnly | null) => {
    const before = inForce ?? null
    inForce = now
    if ((before === null) !== (now === null) || before?.reason !== now?.reason) onChange(now)
  }
  const look = async () => {
    const sight = await lookAtReadOnly(file)
    if (closed) return
    if (sight.kind !== 'unknown') {
      told = null
      return put(sight.kind === 'off' ? null : { reason: sight.reason, owner: sight.owner })
    }
    if (inForce === undefined) put({ reason: null, owner: null })
    if (sight.trouble === told) return
    told = sight.trouble
    const stays = inForce === null ? 'writable' : 'read-only'
    onTrouble({
      where: file,
      message: `nobody can say whether this file is there (${sight.trouble}): the registry stays ${stays}`,
      hint: 'let the user that the gate runs as look into the folder',
    })
  }

  await look()
  const stop = pollRepeatedly(async () => {
    await look()
    return intervalMs
  })
  return {
    close() {
      closed = true
      stop()
    },
  }
}
