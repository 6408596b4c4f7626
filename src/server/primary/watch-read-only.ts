/** Notices that the registry was made read-only, or writable again, by whomever: a command, `touch`, a gate on another machine. */
import type { Problem } from '../../errors/problem.js'
import { pollRepeatedly } from '../../files/poll.js'
import type { SwitchedReadOnly } from '../../observe/events.js'
import { lookAtReadOnly } from '../read-only-file.js'

export interface WatchReadOnlyOptions {
  /** It was switched on or off (null), or is on for another reason than before. Must not throw. */
  readonly onChange: (now: SwitchedReadOnly | null) => void
  /** Nobody can say. Told once for each cause. Must not throw. */
  readonly onError: (problem: Problem) => void
  readonly intervalMs?: number
}

/**
 * Resolves after the first look, and looks on until it is closed. Where nobody can say whether the file is there, what was in force
 * stays; at the start, the registry is read-only then.
 */
export async function watchReadOnly(
  file: string,
  { onChange, onError, intervalMs = 200 }: WatchReadOnlyOptions,
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
    const fileState = await lookAtReadOnly(file)
    if (closed) return
    if (fileState.kind !== 'unknown') {
      told = null
      return put(fileState.kind === 'off' ? null : { reason: fileState.reason, owner: fileState.owner })
    }
    if (inForce === undefined) put({ reason: null, owner: null })
    if (fileState.error === told) return
    told = fileState.error
    const stays = inForce === null ? 'writable' : 'read-only'
    onError({
      where: file,
      message: `nobody can say whether this file is there (${fileState.error}): the registry stays ${stays}`,
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
