/** Makes a worker's event loop stand still: SIGUSR2 runs an endless loop on its main thread. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { eventually } from './settle.js'

/** Loaded by every process of a gate before its own program; only a worker has `process.send`. */
const preload = `
import { isMainThread } from 'node:worker_threads'
if (isMainThread && process.send) process.on('SIGUSR2', () => { for (;;); })
`

export interface Spin {
  /** For the process that starts the worker, or for the worker itself. */
  readonly environment: Readonly<Record<string, string>>
  /** Resolves once the worker's event loop stands still. */
  spin(pid: number): Promise<void>
  remove(): void
}

export function makeSpin(): Spin {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-spin-'))
  const file = join(folder, 'spin.mjs')
  writeFileSync(file, preload)
  return {
    environment: { NODE_OPTIONS: `--import=${pathToFileURL(file).href}` },
    async spin(pid) {
      const before = processorTicks(pid)
      process.kill(pid, 'SIGUSR2')
      // A worker at rest takes next to nothing: a fifth of a second of its own processor time is the endless loop.
      await eventually(
        () => `process ${pid} does not spin`,
        () => processorTicks(pid) > before + 20,
      )
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** Hundredths of a second of user time so far: the twelfth field behind the name, proc(5). */
const processorTicks = (pid: number) =>
  Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[11])
