/** Where passwords come from: a person at a terminal, who does not see what he types, or another program's output. */
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { ProblemsFound } from '../errors/problem.js'
import { Secret } from '../errors/secret.js'
import type { Terminal } from './output.js'

/** The standard input, as far as passwords need it. */
export interface PasswordInput {
  /** Whether a person can be asked. */
  readonly isTerminal: boolean
  /** Begins to ask; what is typed from now on is not shown. Only where isTerminal. */
  openPrompt(): Prompt
  /** Everything until the end, or more than `limit` bytes of it. Rejects with the system's error. */
  read(limit: number): Promise<Uint8Array>
}

/** Questions one after the other. */
export interface Prompt {
  /** What was typed, without the end of the line. Throws ProblemsFound where the terminal was closed instead (Ctrl-D). */
  ask(question: string): Promise<Secret>
  /** Gives the terminal back as it was. */
  close(): void
}

/** The standard input of this process. Ctrl-C in a prompt ends the process as it would outside of one. */
export function processInput(terminal: Terminal): PasswordInput {
  const { stdin, stderr } = process
  return {
    // The question goes to stderr: where that is a file, nobody would see it.
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

/** readline edits the line (backspace, Ctrl-U, pasting) and would show it, so what it shows goes nowhere. */
function openPrompt(terminal: Terminal): Prompt {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true, historySize: 0 })
  // Who pastes two lines at once answers a question that is yet to come.
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
