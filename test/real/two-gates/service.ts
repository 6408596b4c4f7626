/** A program that listens on a port of 127.0.0.1, and is stopped, killed and started again. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { type CommandLine, Daemon } from '../parts/program.js'

export interface Service {
  readonly port: number
  /** All that it wrote, in all its lives. */
  log(): string
  /** Starts it, once more where it has ended; resolves when it takes connections. */
  start(): Promise<void>
  /** SIGTERM; resolves with the exit code when it has ended by itself, however long that takes. */
  terminate(): Promise<number | null>
  /** SIGKILL for it and its children at once. */
  kill(): Promise<void>
  /** Ends it in any case. */
  stop(): Promise<void>
}

export function createService(command: CommandLine, port: number, logFile: string): Service {
  let daemon: Daemon | null = null
  const end = async (signal: (pid: number) => void) => {
    if (daemon === null || !daemon.running) throw new Error(`${command[0]} does not run`)
    const exit = once(daemon.child, 'exit')
    signal(daemon.child.pid ?? 0)
    const [code]: (number | null)[] = await exit
    return code ?? null
  }
  return {
    port,
    log: () => readFileSync(logFile, 'utf8'),
    async start() {
      daemon = Daemon.start(command, logFile)
      await daemon.until(() => takesConnections(port))
    },
    terminate: () => end(pid => process.kill(pid, 'SIGTERM')),
    async kill() {
      await end(pid => {
        const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean)
        for (const each of [pid, ...children.map(Number)]) process.kill(each, 'SIGKILL')
      })
    },
    stop: async () => daemon?.stop(),
  }
}

const takesConnections = (port: number) =>
  new Promise<boolean>(resolve => {
    const socket = connect(port, '127.0.0.1')
    socket.once('error', () => resolve(false))
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })
