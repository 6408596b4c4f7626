// @ts-check
/** Who is sampled for each kind of work. The names are those that the rows of the table refer to. */
import { users } from './material.js'
import { manyRequests, newConnections } from './small-requests.js'
import { startOfGate, startOfNginx } from './start-up.js'
import { pulls, pushes } from './transfers.js'

/**
 * @typedef {object} Setting
 * @property {import('./servers.js').Stand} stand
 * @property {import('./parts.js').Parts} parts
 * @property {import('./servers.js').GateProgram} gate
 * @property {import('./options.js').Amount} amount
 */

/** @typedef {Readonly<Record<import('./options.js').Work, readonly import('./in-turn.js').Contender[]>>} Experiments */

/**
 * All experiments, ready to be sampled.
 * @param {Setting} setting
 * @returns {Experiments}
 */
export const experiments = ({ stand, parts, gate, amount }) => {
  const { doors, files } = stand
  const registry = stand.registry.program.pid
  const ask = (
    /** @type {import('./ask.js').Door} */ door,
    /** @type {number} */ pid,
    seconds = amount.requestSeconds,
  ) => manyRequests(parts.wrk, door, pid, seconds)
  const gateFiles = { files, pids: [stand.gate.pid, registry] }
  const nginxFiles = { files, pids: [stand.nginx.pid, registry] }
  const embeddedFiles = { files, pids: [stand.embedded.pid] }
  return {
    requests: [
      { name: 'gate, cost 10', sample: () => ask({ ...doors.gate, credentials: users.ten }, stand.gate.pid) },
      {
        name: 'nginx, cost 10',
        sample: () => ask({ ...doors.nginx, credentials: users.ten }, stand.nginx.pid, amount.slowRequestSeconds),
      },
      { name: 'gate, cost 5', sample: () => ask(doors.gate, stand.gate.pid) },
      { name: 'nginx, cost 5', sample: () => ask(doors.nginx, stand.nginx.pid) },
      { name: 'nginx, open', sample: () => ask(doors.nginxOpen, stand.nginx.pid) },
    ],
    connections: [
      { name: 'gate', sample: () => newConnections(doors.gate, stand.gate.pid, amount.connectionSeconds) },
      { name: 'nginx', sample: () => newConnections(doors.nginx, stand.nginx.pid, amount.connectionSeconds) },
    ],
    pull: [
      { name: 'gate', sample: () => pulls(parts.curl, doors.gate, amount.pulls, gateFiles) },
      { name: 'nginx', sample: () => pulls(parts.curl, doors.nginx, amount.pulls, nginxFiles) },
      { name: 'embedded', sample: () => pulls(parts.curl, doors.embedded, amount.pulls, embeddedFiles) },
    ],
    push: [
      { name: 'gate', sample: () => pushes(parts.curl, doors.gate, amount.pushes, gateFiles) },
      { name: 'nginx', sample: () => pushes(parts.curl, doors.nginx, amount.pushes, nginxFiles) },
      { name: 'unbuffered', sample: () => pushes(parts.curl, doors.nginxUnbuffered, amount.pushes, nginxFiles) },
    ],
    start: [
      { name: 'gate', sample: () => startOfGate(stand, gate) },
      { name: 'nginx', sample: () => startOfNginx(stand, parts) },
    ],
  }
}
