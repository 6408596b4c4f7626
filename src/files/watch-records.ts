/**
 * Notices changes of the records of a folder by this process, a command, or a gate on another machine. (decision S3)
 */
import { stat } from 'node:fs/promises'
import { performance } from 'node:perf_hooks'
import { isDeepStrictEqual } from 'node:util'
import type { Problem } from '../errors/problem.js'
import { readError } from './file-stamp.js'
import { pollRepeatedly } from './poll.js'
import { createRecordReader, type RecordFolder, type Records } from './record-folder.js'

export interface WatchRecordsOptions<T> {
  /** The records are others than before. Must not throw. */
  readonly onChange: (records: ReadonlyMap<string, T>) => void
  /** The problems are others than before; empty when all is well again. Must not throw. */
  readonly onProblems: (problems: readonly Problem[]) => void
  /** How often the folder is looked at. */
  readonly intervalMs?: number
  /**
   * How often all files are looked at, and not only the folder: a file may be written in place, and some network file systems
   * tell late of a change in a folder.
   */
  readonly thoroughMs?: number
}

export interface RecordsWatch<T> {
  /** What is in force. Where the folder cannot be read, the last that could be. */
  current(): ReadonlyMap<string, T>
  /** Looks now for files that came or went, and resolves when what was seen is in force. Never rejects. */
  refresh(): Promise<void>
  close(): void
}

/** With very many files the looks at all of them are further apart, so that they take a twentieth of the time. */
const thoroughShare = 20

/** Resolves after the first look, whose records and problems are told like all others. */
export async function watchRecords<T>(
  place: RecordFolder<T>,
  { onChange, onProblems, intervalMs = 200, thoroughMs = 2_000 }: WatchRecordsOptions<T>,
): Promise<RecordsWatch<T>> {
  const reader = createRecordReader(place)
  let inForce: Records<T> = { records: new Map(), problems: [] }
  let seen = ''
  /** A second change within the same tick of the file system's clock leaves the folder looking the same. */
  let again = false
  let nextThorough = 0
  let closed = false
  let turn: Promise<void> = Promise.resolve()

  async function look(): Promise<void> {
    const began = performance.now()
    const thorough = began >= nextThorough
    const fileState = await sightOfFolder(place.folder)
    const changed = fileState !== seen
    if (!changed && !again && !thorough) return
    seen = fileState
    again = changed
    const found = await reader.read(thorough ? 'files' : 'names').catch(async fault => ({
      records: inForce.records,
      problems: [{ where: place.folder, message: await readError(place.folder, fault), hint: place.hint }],
    }))
    const ended = performance.now()
    if (thorough) nextThorough = ended + Math.max(thoroughMs, (ended - began) * thoroughShare)
    if (closed) return
    const before = inForce
    inForce = found
    if (!sameRecords(before.records, found.records)) onChange(found.records)
    if (JSON.stringify(before.problems) !== JSON.stringify(found.problems)) onProblems(found.problems)
  }

  /** One after the other. */
  function inTurn(): Promise<void> {
    turn = turn.then(() => (closed ? undefined : look()))
    return turn
  }

  await inTurn()
  const stop = pollRepeatedly(async () => {
    await inTurn()
    return intervalMs
  })
  return {
    current: () => inForce.records,
    refresh: inTurn,
    close() {
      closed = true
      stop()
    },
  }
}

async function sightOfFolder(folder: string): Promise<string> {
  try {
    const { dev, ino, mtimeNs, ctimeNs } = await stat(folder, { bigint: true })
    return `${dev}:${ino}:${mtimeNs}:${ctimeNs}`
  } catch (fault) {
    return readError(folder, fault)
  }
}

function sameRecords<T>(a: ReadonlyMap<string, T>, b: ReadonlyMap<string, T>): boolean {
  return a.size === b.size && [...a].every(([id, record]) => b.has(id) && isDeepStrictEqual(b.get(id), record))
}
