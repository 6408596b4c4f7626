/** Runs a command line as a person pastes it, in exactly the given environment. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'

export interface Shell {
  /** Everything that was printed so far. */
  output(): string
  /** Waits until that matches; rejects with it where the command ends before, or nothing comes for `patience` ms. */
  printed(pattern: RegExp, patience?: number): Promise<RegExpExecArray>
  /** The exit code, once it has ended. */
  readonly ended: Promise<number>
  /** SIGTERM to every program that it started; resolves when all are gone. */
  stop(): Promise<void>
}

export function shell(command: string, cwd: string, env: Readonly<Record<string, string>>): Shell {
  // A group of its own: npm is not the only one who has to hear of the end.
  const child = spawn('/bin/sh', ['-c', command], {
    cwd,
    env: { ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const append = (text: string) => {
    output += text
  }
  child.stdout.setEncoding('utf8').on('data', append)
  child.stderr.setEncoding('utf8').on('data', append)
  const ended = once(child, 'close').then(([code]) => (typeof code === 'number' ? code : -1))
  return {
    output: () => output,
    ended,
    printed: (pattern, patience = 240_000) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = pattern.exec(output)
          if (found !== null) resolve(found)
        }
        child.stdout.on('data', look)
        child.stderr.on('data', look)
        void ended.then(code => reject(new Error(`ended with ${code} before ${pattern}:\n${output}`)))
        setTimeout(
          () => reject(new Error(`nothing like ${pattern} after ${patience} ms:\n${output}`)),
          patience,
        ).unref()
        look()
      }),
    async stop() {
      if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
        process.kill(-child.pid, 'SIGTERM')
      }
      await ended
    },
  }
}
