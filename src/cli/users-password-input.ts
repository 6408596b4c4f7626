/** The sources of passwords: a prompt that shows nothing, or another program's output. */
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { ProblemsFound } from '../errors/problem.js'
import { Secret } from '../errors/secret.js'
import type { Terminal } from './output.js'

/** The part of the standard input that passwords need. */
export interface PasswordInput {
  /** Whether the process can prompt a person. */
  readonly isTerminal: boolean
  /** Starts prompting. Typed characters are not shown from now on. Allowed only if `isTerminal`. */
  openPrompt(): Prompt
  /** Reads to the end, or until more than `limit` bytes have arrived. Rejects with the system's error. */
  read(limit: number): Promise<Uint8Array>
}

/** Asks questions one after another. */
export interface Prompt {
  /**
   * Returns the typed line without its end.
   * @throws ProblemsFound if the terminal was closed (Ctrl-D)
   */
  ask(question: string): Promise<Secret>
  /** Restores the terminal. */
  close(): void
}

/** The standard input of this process. Ctrl-C in a prompt ends the process as usual. */
export function processInput(terminal: Terminal): PasswordInput {
  const { stdin, stderr } = process
  return {
    // The question goes to stderr, so stderr must be a terminal too.
    isTerminal: stdin.isTTY === true && stderr.isTTY === true,
    openPrompt: () => openPrompt(terminal),
    async read(limit) {
      const chunks: Buffer[] = []
      let length = 0
      for await (const chunk of stdin) {
        const bytes = Buffer.from(chunk)
        chunks.push(bytes)
        length += bytes.length
        if (length > limit) break
      }
      return Buffer.concat(chunks)
    },
  }
}

/**
 * readline handles line editing (backspace, Ctrl-U, pasting). It would also echo the line, so its output is discarded.
 */
function openPrompt(terminal: Terminal): Prompt {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true, historySize: 0 })
  // Pasted extra lines are kept as answers to the following questions.
  const typed: string[] = []
  let waiting: { readonly answer: (line: string) => void; readonly giveUp: () => void } | null = null
  let ended = false
  lines.on('line', line => {
    if (waiting === null) typed.push(line)
    else waiting.answer(line)
  })
  lines.on('close', () => {
    ended = true
    waiting?.giveUp()
  })
  lines.on('SIGINT', () => {
    waiting = null
    lines.close()
    terminal.err('\n')
    process.kill(process.pid, 'SIGINT')
  })
  return {
    async ask(question) {
      terminal.err(question)
      const line =
        typed.shift() ??
        (await new Promise<string | null>(resolve => {
          waiting = { answer: resolve, giveUp: () => resolve(null) }
          if (ended) resolve(null)
        }))
      waiting = null
      terminal.err('\n')
      if (line === null) throw new ProblemsFound([{ where: 'password', message: 'none was typed' }])
      return new Secret(line)
    },
    close: () => lines.close(),
  }
}
