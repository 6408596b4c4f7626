/** Workers for tests of the primary: they write down what they are told, and one of them misbehaves where the state says so. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createEvents } from '../../src/observe/create-events.js'
import type { Events } from '../../src/observe/events.js'
import { createLogger } from '../../src/observe/logger.js'
import type { ServingState } from '../../src/server/serving-state.js'
import { defaultLimits, defaultLoginLimits, defaultToken } from '../../src/settings/settings.js'

/** Workers read it from `storage`. `one-...`: the first that is asked does it, and no other ever. */
export type Behaviour = 'fine' | 'one-refuses' | 'one-dies' | 'one-hangs' | 'all-die' | 'die-after-commit'

const program = `
import { appendFileSync, mkdirSync } from 'node:fs'
const note = line => appendFileSync(process.env.NOTES, line + '\\n')
const isTheOne = how => {
  try { mkdirSync(process.env.NOTES + how); return true } catch { return false }
}
process.on('disconnect', () => process.exit())
process.on('message', message => {
  if (message.kind === 'drain') process.exit(0)
  if (message.kind === 'users') note('users ' + message.file)
  if (message.kind === 'discard') note('discard')
  if (message.kind === 'commit') {
    note('commit ' + how)
    process.send({ kind: 'committed', id: message.id })
    if (how === 'die-after-commit') setImmediate(() => process.exit(3))
  }
  if (message.kind !== 'prepare') return
  how = message.state.settings.storage
  if (message.state.users.size > 0) note('prepared with ' + [...message.state.users.keys()])
  if (how === 'all-die') process.exit(3)
  if (how.startsWith('one-') && isTheOne(how)) {
    note(how)
    if (how === 'one-dies') process.exit(3)
    if (how === 'one-hangs') return
    if (how === 'one-refuses') {
      const problems = [{ where: 'nginx.conf:7', message: 'TLS cannot use this' }]
      return process.send({ kind: 'refused', id: message.id, problems })
    }
  }
  process.send({ kind: 'ready', id: message.id })
})
let how = ''
process.send({ kind: 'started' })
`

export interface FakeWorker {
  readonly file: URL
  readonly environment: Readonly<Record<string, string>>
  /** What workers wrote down since the last call. */
  notes(): string[]
  remove(): void
}

export function makeFakeWorker(): FakeWorker {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-workers-'))
  const file = join(folder, 'worker.mjs')
  const notes = join(folder, 'notes')
  writeFileSync(file, program)
  writeFileSync(notes, '')
  let read = 0
  return {
    file: pathToFileURL(file),
    environment: { NOTES: notes },
    notes() {
      const text = readFileSync(notes, 'utf8').slice(read)
      read += text.length
      return text.split('\n').filter(Boolean).sort()
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** Tells nobody. */
export const silentEvents: Events = createEvents(
  createLogger({ level: 'silent', format: 'json', colour: false, output: { write: () => {} } }),
)

export const stateOf = (behaviour: Behaviour): ServingState => ({
  settings: {
    listeners: [],
    workers: 2,
    connections: null,
    storage: behaviour,
    challenge: 'basic',
    backendLogin: null,
    token: defaultToken,
    dataFolder: '',
    loginLimits: defaultLoginLimits,
    hosts: [],
    trustedProxies: [],
    proxyProtocol: [],
    access: null,
    immutable: [],
    metrics: null,
    log: { level: 'info', format: 'json' },
    limits: { ...defaultLimits, drainMs: 1_000 },
  },
  pairs: new Map(),
  users: new Map(),
  backendPassword: null,
  passwordKey: new Uint8Array(32),
  ticketKeys: new Uint8Array(48),
  tokens: null,
  loginKey: new Uint8Array(32),
  passwordThreads: 1,
})
