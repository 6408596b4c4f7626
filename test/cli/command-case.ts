/** Reads and plays the cases of test/cases/mistakes: files, a command line, and what the built program prints and ends with. */
import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

/** The built command line. */
export const portcullisMain = fileURLToPath(new URL('../../dist/main.js', import.meta.url))

export interface CommandCase {
  readonly title: string
  /** `path <- name of a fixture`, `folder path`, or `path:` with the lines of the file below, each two blanks further in. */
  readonly given: readonly string[]
  /** One line for a shell, with `portcullis` in it. TAKEN, here and in files, is the number of a port that somebody else has. */
  readonly command: string
  /** stdout with `| ` before each line, then stderr, then `exit N`. */
  readonly expected: string
}

/** Cases begin with `# title`; `$ ` begins the command, ten hyphens what is expected. */
export function readCases(file: URL): readonly CommandCase[] {
  return readFileSync(file, 'utf8')
    .split(/^# /m)
    .slice(1)
    .map(part => {
      const [input = '', expected = ''] = part.split(/^-{10}\n/m)
      const lines = input.trimEnd().split('\n')
      return {
        title: lines[0] ?? '',
        given: lines.slice(1).filter(line => !line.startsWith('$ ')),
        command: lines.find(line => line.startsWith('$ '))?.slice(2) ?? '',
        expected: `${expected.trim()}\n`,
      }
    })
}

/** Plays one case in a folder of its own, which is removed afterwards. `fixtures` are file contents by name. */
export async function play(one: CommandCase, fixtures: ReadonlyMap<string, string>): Promise<string> {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'portcullis-case-')))
  const folder = join(root, 'here')
  const taken = createServer()
  try {
    const program = join(root, 'bin', 'portcullis')
    write(program, `#!/bin/sh\nexec '${process.execPath}' '${portcullisMain}' "$@"\n`)
    chmodSync(program, 0o755)
    const port = await new Promise<number>(resolve => {
      taken.listen(0, '127.0.0.1', () => resolve(portOf(taken.address())))
    })
    const withPort = (line: string) => line.replaceAll('TAKEN', String(port))
    prepare(folder, one.given.map(withPort), fixtures)
    const command = withPort(one.command)
    const child = spawn('sh', ['-c', `exec env ${command}`], {
      cwd: folder,
      env: { PATH: `${dirname(program)}:${process.env.PATH}`, HOME: root },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 15_000,
      killSignal: 'SIGKILL',
    })
    const printed = await outcome(child)
    return printed
      .replaceAll(`${folder}/`, '')
      .replaceAll(String(port), 'TAKEN')
      .replaceAll(String(port + 1), 'TAKEN+1')
      .replace(/^\d\d:\d\d:\d\d /gm, 'TIME ')
      .replace(/(listening on https:\/\/\S+:)\d+/g, '$1PORT')
  } finally {
    taken.close()
    rmSync(root, { recursive: true, force: true })
  }
}

/** A gate that has started is ended by SIGTERM. */
async function outcome(child: ChildProcess): Promise<string> {
  const { stdout, stderr } = child
  if (stdout === null || stderr === null) throw new Error('the program has no output')
  stdout.on('data', (chunk: Buffer) => {
    if (chunk.includes('listening on ')) child.kill('SIGTERM')
  })
  const ended = new Promise<string>(resolve => {
    child.once('close', (code, signal) => resolve(`exit ${code ?? signal}\n`))
  })
  const [out, err, end] = await Promise.all([text(stdout), text(stderr), ended])
  return out.replace(/^/gm, '| ').replace(/^\| $/gm, '') + err + end
}

function prepare(folder: string, given: readonly string[], fixtures: ReadonlyMap<string, string>): void {
  mkdirSync(folder)
  let current: string | null = null
  const files = new Map<string, string[]>()
  for (const line of given) {
    const [, path = '', name = ''] = /^(\S+) <- (.*)$/.exec(line) ?? []
    const content = fixtures.get(name)
    if (path !== '' && content !== undefined) write(join(folder, path), content)
    else if (line.startsWith('folder ')) mkdirSync(join(folder, line.slice(7)), { recursive: true })
    else if (line.startsWith('  ') && current !== null) files.get(current)?.push(line.slice(2))
    else if (/^\S+:$/.test(line)) {
      current = line.slice(0, -1)
      files.set(current, [])
    } else if (line.trim() !== '') throw new Error(`this line says nothing: ${line}`)
  }
  for (const [path, lines] of files) write(join(folder, path), lines.map(each => `${each}\n`).join(''))
}

function write(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content, { mode: 0o600 })
}

function portOf(address: ReturnType<ReturnType<typeof createServer>['address']>): number {
  if (address === null || typeof address === 'string') throw new Error('the port has no number')
  return address.port
}
