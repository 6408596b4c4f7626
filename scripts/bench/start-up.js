// @ts-check
/** How long a server takes from its start to its first answer, with everything that it needs in place. */
import { startGate, startNginx, untilAnswers } from './servers.js'
import { freePorts, stop } from './started.js'

/** @typedef {import('./servers.js').Stand} Stand */
/** @typedef {import('./started.js').Program} Program */

/**
 * @param {Stand} stand
 * @param {string} name
 * @param {(port: number) => Promise<Program>} startOn
 * @returns {Promise<{ wall: number }>} seconds
 */
const untilFirstAnswer = async (stand, name, startOn) => {
  const [port = 0] = await freePorts(1)
  const door = { url: `https://127.0.0.1:${port}`, authority: stand.files.authority, credentials: undefined }
  const before = performance.now()
  const program = await startOn(port)
  await untilAnswers(program, door, name)
  const wall = (performance.now() - before) / 1000
  await stop(program)
  return { wall }
}

/**
 * @param {Stand} stand
 * @param {import('./servers.js').GateProgram} gate
 */
export const startOfGate = (stand, gate) =>
  untilFirstAnswer(stand, 'the gate', port =>
    startGate(stand.files, gate, { name: 'gate-again', port, backend: stand.registry.door.url }),
  )

/**
 * @param {Stand} stand
 * @param {import('./parts.js').Parts} parts
 */
export const startOfNginx = (stand, parts) =>
  untilFirstAnswer(stand, 'nginx', port =>
    startNginx(stand.files, parts, {
      name: 'nginx-again',
      registry: new URL(stand.registry.door.url).host,
      servers: [{ port, passwords: true, requestBuffering: true }],
    }),
  )
