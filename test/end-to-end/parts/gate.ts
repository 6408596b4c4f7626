/** The gate as its users run it: a process of its own before one backend, with one user and a certificate made for the test. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import bcrypt from 'bcryptjs'
import { certificateFiles, createInFolder } from '../../../src/certificates/create-in-folder.js'
import { freePorts } from './free-ports.js'

const program = fileURLToPath(new URL('../../../dist/main.js', import.meta.url))

/** The only user; its password and every spelling of it must never show in a log. */
export const user = { name: 'alice', password: 'pass-phrase-of-alice' } as const

export const passwordOf = (name: string): string => `pass-phrase-of-${name}`

/** `Basic ...` of a name and a password. */
export const basic = (name: string, password: string): string =>
  `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`

/** What alice sends as Authorization. */
export const authorization = basic(user.name, user.password)

export interface Gate {
  readonly port: number
  /** Where its numbers are, for a gate with `--metrics`; '' without. */
  readonly metricsUrl: string
  /** Of the primary. */
  readonly pid: number
  /** The folder in which it runs: certs/, htpasswd, and nothing else that it did not write. */
  readonly folder: string
  /** Everything it wrote to stderr so far. */
  log(): string
  readonly running: boolean
  /** Of its workers, in no order. */
  workers(): number[]
  /** Resolves once the primary has ended. */
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>
  /** Open sockets of all its processes, their listening ones included. */
  sockets(): number
  /** Bytes they have read so far, from sockets and files alike: `rchar` of /proc. */
  bytesRead(): number
  /** SIGTERM, SIGKILL if that does not end it; its folder goes, too. */
  stop(): Promise<void>
}

export interface GateOptions {
  /** Another binary of Node than the one of the tests. */
  readonly node?: string
  /** bcrypt's cost; 4 is the cheapest. */
  readonly cost?: number
  readonly flags?: readonly string[]
  /** The text of its portcullis.yaml; without one there is none. */
  readonly yaml?: string
  /** Names of further users; `passwordOf` gives their passwords. */
  readonly others?: readonly string[]
  /** Of --listen; null leaves the flag out. */
  readonly listen?: string | null
  /** The text of an nginx.conf instead of flags, with PORT where it is to listen, and certs/cert.pem, certs/key.pem and htpasswd beside it. */
  readonly nginxConf?: string
}

/** Starts `portcullis serve` on a free port and waits until it accepts connections. */
export async function startGate(backend: string, options: GateOptions = {}): Promise<Gate> {
  const {
    cost = 4,
    flags = [],
    yaml,
    others = [],
    listen: address = '127.0.0.1:0',
    nginxConf,
    node = process.execPath,
  } = options
  if (!existsSync(program)) throw new Error(`${program} is missing: npm run build`)
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-gate-'))
  const certs = join(folder, 'certs')
  await createInFolder({
    folder: certs,
    names: { hosts: ['localhost'], addresses: ['127.0.0.1'] },
    algorithm: 'ecdsa',
    days: 2,
    authority: false,
    force: false,
    now: new Date(),
  })
  const users = join(folder, 'htpasswd')
  const line = (name: string) => `${name}:${bcrypt.hashSync(passwordOf(name), cost)}\n`
  writeFileSync(users, [user.name, ...others].map(line).join(''))
  const { cert, key } = certificateFiles(certs)
  if (yaml !== undefined) writeFileSync(join(folder, 'portcullis.yaml'), yaml)
  const listen = address === null ? [] : ['--listen', address]
  let means = [...listen, '--backend', backend, '--htpasswd', users, '--cert', cert, '--key', key]
  if (nginxConf !== undefined) {
    const conf = join(folder, 'nginx.conf')
    const [port] = await freePorts(1)
    writeFileSync(conf, nginxConf.replaceAll('PORT', String(port)))
    means = ['--nginx-conf', conf]
  }
  const child = spawn(node, [program, 'serve', ...means, '--log-format', 'json', ...flags], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const log: string[] = []
  child.stderr.setEncoding('utf8').on('data', (text: string) => log.push(text))
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>(resolve => {
    child.once('exit', (code, signal) => resolve({ code, signal }))
  })
  // Not even a test that is cut short leaves it behind.
  const orphaned = () => child.kill('SIGKILL')
  process.once('exit', orphaned)
  const { port, metricsUrl } = await addresses(child, log, flags.includes('--metrics'))
  const pid = child.pid ?? 0
  return {
    port,
    metricsUrl,
    pid,
    folder,
    log: () => log.join(''),
    get running() {
      return child.exitCode === null && child.signalCode === null
    },
    workers: () => processes(pid).slice(1),
    exited,
    sockets: () => sum(processes(pid), countSockets),
    bytesRead: () => sum(processes(pid), countBytesRead),
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        const gone = once(child, 'exit')
        child.kill('SIGTERM')
        const stubborn = setTimeout(() => child.kill('SIGKILL'), 3_000)
        await gone
        clearTimeout(stubborn)
      }
      process.off('exit', orphaned)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

type Addresses = Pick<Gate, 'port' | 'metricsUrl'>

function addresses(child: ChildProcess, log: readonly string[], withMetrics: boolean): Promise<Addresses> {
  return new Promise((resolve, reject) => {
    let said = ''
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      said += text
      const port = /^listening on https?:\/\/\S+:(\d+)$/m.exec(said)?.[1]
      const metricsUrl = /^metrics at (\S+)$/m.exec(said)?.[1] ?? ''
      if (port !== undefined && (metricsUrl !== '' || !withMetrics)) resolve({ port: Number(port), metricsUrl })
    })
    child.once('exit', code => reject(new Error(`the gate ended with ${code}:\n${log.join('')}`)))
  })
}

/** The primary and its workers. */
function processes(pid: number): number[] {
  const workers = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
  return [pid, ...workers.split(' ').filter(Boolean).map(Number)]
}

const sum = (pids: readonly number[], count: (pid: number) => number) => pids.reduce((all, pid) => all + count(pid), 0)

const countBytesRead = (pid: number) => Number(/^rchar: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1])

function countSockets(pid: number): number {
  const folder = `/proc/${pid}/fd`
  return readdirSync(folder).filter(name => {
    try {
      return readlinkSync(join(folder, name)).startsWith('socket:')
    } catch {
      // Closed in the meantime.
      return false
    }
  }).length
}
