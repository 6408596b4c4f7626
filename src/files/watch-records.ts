/** Notices that the records of a folder changed, whoever changed them: this process, a command, or a gate on another machine. */
import { stat } from 'node:fs/promises'
import { isDeepStrictEqual } from 'node:util'
import type { Problem } from '../errors/problem.js'
import { pollRepeatedly } from './poll.js'
import { createRecordReader, type RecordFolder, type Records } from './record-folder.js'
import { troubleOf } from './sight.js'

export interface WatchRecordsOptions<T> {
  /** The records are others than before. Must not throw. */
  readonly onChange: (records: ReadonlyMap<string, T>) => void
  /** The problems are others than before; empty when all is well again. Must not throw. */
  readonly onProblems: (problems: readonly Problem[]) => void
  /** How often the folder is looked at. */
  readonly intervalMs?: number
}

export interface RecordsWatch<T> {
  /** What is in force. Where the folder cannot be read, the last that could be. */
  current(): ReadonlyMap<string, T>
  /** Looks now, and resolves when what was seen is in force. Never rejects. */
  refresh(): Promise<void>
  close(): void
}

/** Every so many looks all files are looked at: some network file systems tell of a change in the folder late. */
const thoroughEvery = 10

/** Resolves after the first look, whose records and problems are told like all others. */
export async function watchRecords<T>(
  place: RecordFolder<T>,
  { onChange, onProblems, intervalMs = 200 }: WatchRecordsOptions<T>,
): Promise<RecordsWatch<T>> {
  const reader = createRecordReader(place)
  let inForce: Records<T> = { records: new Map(), problems: [] }
  let seen = ''
  let looks = 0
  /** A second change within the same tick of the file system's clock leaves the folder looking the same. */
  let again = false
  let closed = false
  let turn: Promise<void> = Promise.resolve()

  async function look(thorough: boolean): Promise<void> {
    const sight = await sightOfFolder(place.folder)
    const changed = sight !== seen
    if (!changed && !again && !thorough) return
    seen = sight
    again = changed
    const found = await reader.read().catch(async fault => ({
      records: inForce.records,
      problems: [{ where: place.folder, message: await troubleOf(place.folder, fault), hint: place.hint }],
    }))
    if (closed) return
    const before = inForce
    inForce = found
    if (!sameRecords(before.records, found.records)) onChange(found.records)
    if (JSON.stringify(before.problems) !== JSON.stringify(found.problems)) onProblems(found.problems)
  }

  /** One after the other. */
  function inTurn(thorough: boolean): Promise<void> {
    turn = turn.then(() => (closed ? undefined : look(thorough)))
    return turn
  }

  await inTurn(true)
  const stop = pollRepeatedly(async () => {
    looks += 1
    await inTurn(looks % thoroughEvery === 0)
    return intervalMs
  })
  return {
    current: () => inForce.records,
    refresh: () => inTurn(true),
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
    return troubleOf(folder, fault)
  }
}

function sameRecords<T>(a: ReadonlyMap<string, T>, b: ReadonlyMap<string, T>): boolean {
  return a.size === b.size && [...a].every(([id, record]) => b.has(id) && isDeepStrictEqual(b.get(id), record))
}
