// @ts-check
/** Work before anything counts: a server of months is compared, not the compiler of the first seconds of one. */
import { pullBlob, pushBlob } from './image.js'
import { users } from './material.js'
import { manyRequests, newConnections } from './small-requests.js'

/**
 * @param {Pick<import('./experiments.js').Setting, 'stand' | 'parts' | 'amount'>} setting
 * @param {(text: string) => void} say
 */
const warmUpRequests = async ({ stand, parts, amount }, say) => {
  const { doors, gate, nginx } = stand
  await manyRequests(parts.wrk, doors.nginx, nginx.pid, 1)
  const giveUp = performance.now() + amount.warmSeconds * 1000
  let answered = 0
  while (answered < amount.warmRequests && performance.now() < giveUp)
    answered += (await manyRequests(parts.wrk, doors.gate, gate.pid, 1)).requests
  if (answered < amount.warmRequests)
    say(
      `the machine is busy: warmed up by ${answered} requests instead of ${amount.warmRequests}, the gate may look worse`,
    )
  await manyRequests(parts.wrk, { ...doors.gate, credentials: users.ten }, gate.pid, 1)
  await newConnections(doors.gate, gate.pid, 1)
}

/** @param {Pick<import('./experiments.js').Setting, 'stand' | 'parts' | 'amount'>} setting */
const warmUpTransfers = async ({ stand, parts }) => {
  const { doors, files } = stand
  for (const door of [doors.gate, doors.embedded, doors.nginx]) {
    for (let pulled = 0; pulled < 2; pulled += 1) await pullBlob(parts.curl, door, files)
  }
  for (const door of [doors.gate, doors.nginx]) await pushBlob(parts.curl, door, files)
}

/**
 * Lets the gates answer until V8 has compiled what they need (a request costs five times as much before), and nginx as
 * well, to be fair. The passwords are proved by this, too. Says so when the machine is too slow for it.
 * @param {Pick<import('./experiments.js').Setting, 'stand' | 'parts' | 'amount'>} setting
 * @param {ReadonlySet<import('./options.js').Work>} only what will be measured
 * @param {(text: string) => void} say
 */
export const warmUp = async ({ stand, parts, amount }, only, say) => {
  if (only.has('requests') || only.has('connections')) await warmUpRequests({ stand, parts, amount }, say)
  if (only.has('pull') || only.has('push')) await warmUpTransfers({ stand, parts, amount })
}
