/** Programs of the real set-up: run to their end, or started and stopped by their own process id. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

/** A command line: the program first. */
export type CommandLine = readonly [program: string, ...args: string[]]

export interface Finished {
  /** Exit code, or -1 when a signal ended it. */
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  /** stdout and stderr one after the other, for matching messages. */
  readonly output: string
}

/** Debian keeps daemons in /usr/sbin, which not every shell of root searches. */
const path = `${process.env.PATH ?? ''}:/usr/sbin:/sbin`

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>
  /** Sent to the program's standard input, which is closed afterwards. */
  readonly input?: string
  /** Milliseconds until it is killed. */
  readonly timeout?: number
}

/** Runs a program to its end. Never throws for an exit code: the caller judges it. */
export async function run([program, ...args]: CommandLine, options: RunOptions = {}): Promise<Finished> {
  const child = spawn(program, args, {
    env: { ...process.env, PATH: path, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: options.timeout ?? 60_000,
    killSignal: 'SIGKILL',
  })
  const stdout: string[] = []
  const stderr: string[] = []
  child.stdout.setEncoding('utf8').on('data', (piece: string) => stdout.push(piece))
  child.stderr.setEncoding('utf8').on('data', (piece: string) => stderr.push(piece))
  // A program that does not read its input closes it early, which is its right.
  child.stdin.on('error', () => {})
  child.stdin.end(options.input ?? '')
  const [code] = await once(child, 'close')
  return {
    code: typeof code === 'number' ? code : -1,
    stdout: stdout.join(''),
    stderr: stderr.join(''),
    output: stdout.join('') + stderr.join(''),
  }
}

/** Runs a program that has to succeed; its stdout. Throws with command and output otherwise. */
export async function succeed(command: CommandLine, options: RunOptions = {}): Promise<string> {
  const finished = await run(command, options)
  if (finished.code !== 0) {
    throw new Error(`${command.join(' ')} ended with ${finished.code}:\n${finished.output.trim()}`)
  }
  return finished.stdout
}

/** A program that keeps running, its output in a file. */
export class Daemon {
  private constructor(
    readonly name: string,
    readonly child: ChildProcess,
    private readonly logFile: string,
  ) {}

  /**
   * Starts it with stdout and stderr in `logFile` (a plain file, so that `/dev/stdout` can be opened by name). It
   * is terminated together with the test process, however that ends.
   */
  static start(command: CommandLine, logFile: string, env: Readonly<Record<string, string>> = {}): Daemon {
    const log = openSync(logFile, 'a')
    const child = spawn('setpriv', ['--pdeathsig', 'TERM', '--', ...command], {
      env: { ...process.env, PATH: path, ...env },
      stdio: ['ignore', log, log],
    })
    closeSync(log)
    return new Daemon(command.join(' '), child, logFile)
  }

  /** Everything it wrote so far. */
  log(): string {
    return readFileSync(this.logFile, 'utf8')
  }

  get running(): boolean {
    return this.child.pid !== undefined && this.child.exitCode === null && this.child.signalCode === null
  }

  /** Waits until `ready` says so. Throws with the log when the program ends first or `timeout` ms have passed. */
  async until(ready: () => boolean | Promise<boolean>, timeout = 20_000): Promise<void> {
    const deadline = Date.now() + timeout
    while (!(await ready())) {
      if (!this.running) throw new Error(`${this.name} ended at once:\n${this.log()}`)
      if (Date.now() > deadline) throw new Error(`${this.name} was not ready after ${timeout} ms:\n${this.log()}`)
      await delay(50)
    }
  }

  /** SIGTERM, and SIGKILL when that did not end it within `patience` ms. Resolves when it is gone. */
  async stop(patience = 10_000): Promise<void> {
    if (!this.running) return
    const gone = once(this.child, 'exit')
    this.child.kill('SIGTERM')
    const stubborn = setTimeout(() => this.child.kill('SIGKILL'), patience)
    await gone
    clearTimeout(stubborn)
  }
}
