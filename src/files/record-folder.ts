/** Reads a folder that holds one small JSON file per record; a broken file is named, and the others count. */
import { constants } from 'node:fs'
import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Problem } from '../errors/problem.js'
import { fileStamp, readError } from './file-stamp.js'

/** How the records of a folder are understood. */
export interface RecordFolder<T> {
  readonly folder: string
  /** The record, or what is wrong with it in one clause. `id` is the name of the file without `.json`. */
  readonly parse: (id: string, json: unknown) => { readonly record: T } | { readonly wrong: string }
  /** What to do about a broken file. */
  readonly hint: string
}

export interface Records<T> {
  /** By the names of their files, without `.json`. */
  readonly records: ReadonlyMap<string, T>
  readonly problems: readonly Problem[]
}

export interface RecordReader<T> {
  /**
   * What stands in the folder now; nothing where it does not exist. Rejects with the error of the system where the folder cannot
   * be read.
   * @param look `names`: only files of new names are looked at, and known ones count as before. `files`: all are looked at, and
   * those that look as before are not read again.
   */
  read(look: 'names' | 'files'): Promise<Records<T>>
}

type Outcome<T> = { readonly stamp: string | null } & ({ readonly record: T } | { readonly wrong: string })

const maxBytes = 65_536
export const recordName = /^([a-z0-9][a-z0-9-]{0,63})\.json$/

export function createRecordReader<T>(place: RecordFolder<T>): RecordReader<T> {
  let known: ReadonlyMap<string, Outcome<T>> = new Map()
  return {
    async read(look) {
      const outcomes = new Map<string, Outcome<T>>()
      for (const name of await namesIn(place.folder)) {
        const id = recordName.exec(name)?.[1]
        if (id === undefined) continue
        const before = known.get(id)
        const outcome = before !== undefined && look === 'names' ? before : await readRecord(place, id, before)
        if (outcome !== null) outcomes.set(id, outcome)
      }
      known = outcomes
      const records = new Map<string, T>()
      const problems: Problem[] = []
      for (const [id, outcome] of outcomes) {
        if ('record' in outcome) records.set(id, outcome.record)
        else problems.push({ where: join(place.folder, `${id}.json`), message: outcome.wrong, hint: place.hint })
      }
      return { records, problems }
    },
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort()
  } catch (fault) {
    if (isMissing(fault)) return []
    throw fault
  }
}

/** null where the file went away meanwhile. */
async function readRecord<T>(
  { folder, parse }: RecordFolder<T>,
  id: string,
  before: Outcome<T> | undefined,
): Promise<Outcome<T> | null> {
  const file = join(folder, `${id}.json`)
  try {
    // A pipe without a writer would keep us waiting.
    const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      const fileState = fileStamp(await handle.stat({ bigint: true }))
      if ('error' in fileState) return { stamp: null, wrong: fileState.error }
      if (before !== undefined && before.stamp === fileState.stamp) return before
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(maxBytes + 1), 0, maxBytes + 1, 0)
      if (bytesRead > maxBytes) return { stamp: fileState.stamp, wrong: 'is too large to be such a file' }
      return { stamp: fileState.stamp, ...understand(parse, id, buffer.toString('utf8', 0, bytesRead)) }
    } finally {
      await handle.close()
    }
  } catch (fault) {
    return isMissing(fault) ? null : { stamp: null, wrong: await readError(file, fault) }
  }
}

function understand<T>(
  parse: RecordFolder<T>['parse'],
  id: string,
  text: string,
): ReturnType<RecordFolder<T>['parse']> {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return { wrong: 'is no JSON' }
  }
  return parse(id, json)
}

function isMissing(fault: unknown): boolean {
  return fault instanceof Error && 'code' in fault && fault.code === 'ENOENT'
}
