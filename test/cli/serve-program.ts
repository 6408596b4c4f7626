/** `portcullis serve` as a process of its own, and requests to it by https. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:https'
import { portcullisMain } from './command-case.js'

export interface Program {
  readonly child: ChildProcess
  /** What it wrote so far. */
  stdout(): string
  stderr(): string
  /** Waits until stdout or stderr contain the text; rejects with both where it ends before. */
  printed(text: string | RegExp): Promise<void>
  /** Resolves once it has ended and all that it wrote has come: with the exit code, or the signal that killed it. */
  readonly ended: Promise<number | string>
  /** Of the first address it listens on. */
  port(): number
  /**
   * Sends the signal, or types Ctrl-C on the terminal around it; the exit code (or the signal that killed it) and how long it took,
   * in milliseconds.
   */
  end(how: 'SIGTERM' | 'SIGINT' | 'Ctrl-C'): Promise<{ readonly code: number | string; readonly milliseconds: number }>
}

/** Starts it in a folder; `command` replaces the program's own command line, for a terminal around it. */
export function serve(
  folder: string,
  flags: readonly string[],
  { env = {}, command }: { env?: Readonly<Record<string, string>>; command?: readonly [string, ...string[]] } = {},
): Program {
  const [program, ...args] = command ?? [process.execPath, portcullisMain, 'serve', ...flags]
  const child = spawn(program, args, {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const written = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    written.stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    written.stderr += text
  })
  const ended = once(child, 'close').then(() => child.exitCode ?? child.signalCode ?? 'unknown')
  const has = (text: string | RegExp) => {
    const all = `${written.stdout}${written.stderr}`
    return typeof text === 'string' ? all.includes(text) : text.test(all)
  }
  return {
    child,
    ended,
    stdout: () => written.stdout,
    stderr: () => written.stderr,
    printed: text =>
      new Promise((resolve, reject) => {
        const look = () => has(text) && resolve()
        child.stdout.on('data', look)
        child.stderr.on('data', look)
        child.once('close', () => reject(new Error(`it ended without "${text}":\n${written.stdout}${written.stderr}`)))
        look()
      }),
    port: () => Number(/^listening on https:\/\/\S+:(\d+)\r?$/m.exec(written.stdout)?.[1]),
    async end(how) {
      const sent = performance.now()
      if (how === 'Ctrl-C') child.stdin.write('\x03')
      else child.kill(how)
      return { code: await ended, milliseconds: performance.now() - sent }
    },
  }
}

/** The status of a GET by https, with the certificate that must be presented. */
export async function status(
  port: number,
  path: string,
  ca: string,
  login?: { readonly name: string; readonly password: string },
): Promise<{ readonly status: number; readonly body: string }> {
  const sent = request({
    host: '127.0.0.1',
    servername: 'localhost',
    port,
    path,
    ca,
    agent: false,
    ...(login === undefined ? {} : { auth: `${login.name}:${login.password}` }),
  })
  sent.end()
  const [response] = await once(sent, 'response')
  let body = ''
  for await (const chunk of response.setEncoding('utf8')) body += chunk
  return { status: response.statusCode, body }
}
