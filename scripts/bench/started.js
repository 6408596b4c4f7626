// @ts-check
/** Everything that the benchmark starts: processes and a temporary folder, all gone again when it ends. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'

/**
 * @typedef {object} Program
 * @property {number} pid
 * @property {Promise<number | null>} ended resolves with the exit code when it has ended; null after a signal
 * @property {() => string} output the end of what it has written to stdout
 * @property {() => string} complaints the end of what it has written to stderr
 * @property {() => boolean} running
 */

/** How long a server may take to stop by itself, in milliseconds. */
const patience = 3_000

/** After an interruption nothing is started any more, and what fails because its server is gone is no news. */
let interrupted = false

/** What an interrupted task waits for until the process ends. */
const forever = () => new Promise(() => {})

/** @type {Set<Program>} */
const programs = new Set()

/** @type {Set<string>} */
const folders = new Set()

/**
 * A new temporary folder.
 * @returns {string}
 */
export const temporaryFolder = () => {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-bench-'))
  folders.add(folder)
  return folder
}

/**
 * The last 16,000 characters of a stream.
 * @param {import('node:stream').Readable} stream
 * @returns {() => string}
 */
const endOf = stream => {
  let text = ''
  stream.setEncoding('utf8').on('data', chunk => {
    text = (text + chunk).slice(-16_000)
  })
  return () => text.trim()
}

/**
 * Starts a program. It gets a process group of its own, so that Ctrl-C reaches this program alone, which then stops
 * the group. Rejects when the file cannot be started.
 * @param {string} file
 * @param {readonly string[]} words
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv }} where
 * @returns {Promise<Program>}
 */
export const start = (file, words, where) =>
  new Promise((resolve, reject) => {
    if (interrupted) return
    const child = spawn(file, words, { ...where, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
    const output = endOf(child.stdout)
    const complaints = endOf(child.stderr)
    child.once('error', reject)
    child.once('spawn', () => {
      /** @type {Program} */
      const program = {
        pid: child.pid ?? 0,
        ended: new Promise(done => child.once('close', code => done(code))),
        output,
        complaints,
        running: () => child.exitCode === null && child.signalCode === null,
      }
      programs.add(program)
      program.ended.then(() => programs.delete(program))
      resolve(program)
    })
  })

/**
 * Runs a program to its end and gives what it wrote to stdout. Rejects with all that it wrote when it fails.
 * @param {string} file
 * @param {readonly string[]} words
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv }} where
 * @returns {Promise<string>}
 */
export const run = async (file, words, where) => {
  const program = await start(file, words, where)
  const exitCode = await program.ended
  if (exitCode === 0) return program.output()
  if (interrupted) await forever()
  // Compilers complain on stdout, and npm on stderr.
  const said = [program.output(), program.complaints()].filter(text => text !== '').join('\n')
  throw new Error(`${basename(file)} ended with exit code ${exitCode}: ${said}`)
}

/**
 * @param {Program} program
 * @param {NodeJS.Signals} signal
 */
const signalGroup = (program, signal) => {
  try {
    process.kill(-program.pid, signal)
  } catch {
    // The group is gone already.
  }
}

/**
 * Stops a server, by force when it does not stop by itself.
 * @param {Program} program
 */
export const stop = async program => {
  if (program.running()) process.kill(program.pid, 'SIGTERM')
  const force = setTimeout(() => signalGroup(program, 'SIGKILL'), patience)
  await program.ended
  clearTimeout(force)
}

/** Stops everything that still runs and removes the temporary folders. */
export const stopEverything = async () => {
  await Promise.all([...programs].map(stop))
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
  folders.clear()
}

/**
 * For the begin of a catch: never returns after an interruption, when an error only tells that the servers are gone.
 * @returns {Promise<void>}
 */
export const unlessInterrupted = async () => {
  if (interrupted) await forever()
}

/** Sees to it that nothing is left behind when the user interrupts, or when this program ends in a way not foreseen. */
export const cleanUpWhenInterrupted = () => {
  /** @type {readonly (readonly [NodeJS.Signals, number])[]} */
  const signals = [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ]
  for (const [signal, exitCode] of signals) {
    process.once(signal, () => {
      interrupted = true
      process.stderr.write('\ninterrupted: stopping what was started\n')
      stopEverything().finally(() => process.exit(exitCode))
    })
  }
  process.once('exit', () => {
    for (const program of programs) signalGroup(program, 'SIGKILL')
    for (const folder of folders) rmSync(folder, { recursive: true, force: true })
  })
}

/**
 * Ports of 127.0.0.1 that are free now.
 * @param {number} count
 * @returns {Promise<number[]>}
 */
export const freePorts = async count => {
  const servers = await Promise.all(
    Array.from({ length: count }, () => {
      const server = createServer()
      return new Promise((/** @type {(listening: typeof server) => void} */ resolve, reject) => {
        server.once('error', reject)
        server.listen(0, '127.0.0.1', () => resolve(server))
      })
    }),
  )
  return Promise.all(
    servers.map(server => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      return new Promise((/** @type {(port: number) => void} */ resolve) => server.close(() => resolve(port)))
    }),
  )
}
