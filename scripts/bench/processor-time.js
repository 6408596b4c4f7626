// @ts-check
/** Processor time of a running process with all its threads and children, from /proc (Linux, proc(5)). */
import { readdirSync, readFileSync } from 'node:fs'

/** The unit of the times in /proc/PID/stat: USER_HZ, which is 100 on every architecture that Node runs on. */
const ticksPerSecond = 100

/**
 * What /proc/PID/stat says: its parent, its own ticks of all threads (user and system), and those of the children
 * that it has waited for.
 * @typedef {object} ProcessTimes
 * @property {number} pid
 * @property {number} parent
 * @property {number} ownTicks
 * @property {number} reapedTicks
 */

/**
 * Reads one /proc/PID/stat. Undefined when the text is not of that form.
 * @param {string} text
 * @returns {ProcessTimes | undefined}
 */
export const parseProcessTimes = text => {
  // The second field is the program's name in parentheses, and may itself contain spaces and parentheses.
  const nameEnd = text.lastIndexOf(')')
  const pid = Number.parseInt(text, 10)
  // Counted from the state, which is field 3 in proc(5): ppid 4, utime 14, stime 15, cutime 16, cstime 17.
  const fields = text
    .slice(nameEnd + 2)
    .split(' ')
    .map(Number)
  const [parent, user, system, reapedUser, reapedSystem] = [fields[1], ...fields.slice(11, 15)]
  if (nameEnd === -1 || Number.isNaN(pid)) return undefined
  if (parent === undefined || user === undefined || system === undefined) return undefined
  if (reapedUser === undefined || reapedSystem === undefined) return undefined
  return { pid, parent, ownTicks: user + system, reapedTicks: reapedUser + reapedSystem }
}

/**
 * The ticks of a process and of everything below it. A child's time counts once: while it lives as its own, afterwards
 * with its parent, which has waited for it.
 * @param {number} root
 * @param {readonly ProcessTimes[]} processes
 * @returns {number}
 */
export const ticksOfTree = (root, processes) => {
  const own = processes.find(({ pid }) => pid === root)
  const below = processes.filter(({ parent }) => parent === root)
  return (
    (own === undefined ? 0 : own.ownTicks + own.reapedTicks) +
    below.reduce((sum, { pid }) => sum + ticksOfTree(pid, processes), 0)
  )
}

/** @returns {ProcessTimes[]} */
const readProcesses = () =>
  readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(name => {
      try {
        return parseProcessTimes(readFileSync(`/proc/${name}/stat`, 'utf8')) ?? []
      } catch {
        // It has ended since the folder was listed.
        return []
      }
    })

/**
 * Seconds of processor, user and system, that each of these processes has used so far with all its threads and
 * children; exact to 0.01 s per process.
 * @param {readonly number[]} pids
 * @returns {number[]}
 */
export const processorSeconds = pids => {
  const processes = readProcesses()
  return pids.map(pid => ticksOfTree(pid, processes) / ticksPerSecond)
}

/**
 * @typedef {object} Spent
 * @property {number} wall seconds
 * @property {readonly number[]} processor seconds of each process, in the order of the ids
 */

/**
 * Does the work and says what it took. The processor is read right after it: what a server still does for requests
 * that nobody waits for any more is not counted, as those requests are not.
 * @template Result
 * @param {readonly number[]} pids
 * @param {() => Promise<Result>} work
 * @returns {Promise<Spent & { result: Result }>}
 */
export const spentDuring = async (pids, work) => {
  const before = processorSeconds(pids)
  const start = performance.now()
  const result = await work()
  const wall = (performance.now() - start) / 1000
  const after = processorSeconds(pids)
  return { result, wall, processor: after.map((seconds, index) => seconds - (before[index] ?? 0)) }
}

/**
 * Waits until none of the processes has used any processor for 60 ms, at most ten seconds: what one sample leaves
 * behind must not be paid by the next.
 * @param {readonly number[]} pids
 */
export const untilIdle = async pids => {
  const sum = () => processorSeconds(pids).reduce((total, seconds) => total + seconds, 0)
  const giveUp = performance.now() + 10_000
  for (let last = sum(), quiet = 0; quiet < 3 && performance.now() < giveUp; ) {
    await new Promise(resolve => setTimeout(resolve, 20))
    const now = sum()
    quiet = now === last ? quiet + 1 : 0
    last = now
  }
}
