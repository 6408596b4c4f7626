/** The files of the identity tokens: DATA/portcullis/identity-tokens/ID.json, with a hash instead of the token. */
import { join } from 'node:path'
import { z } from 'zod'
import type { Problem } from '../errors/problem.js'
import { makePrivateFolder, removePrivateFile, writePrivateFile } from '../files/private-file.js'
import { createRecordReader, type RecordFolder, recordName } from '../files/record-folder.js'
import { watchRecords } from '../files/watch-records.js'
import { surplus } from './identity-token.js'
import type { IdentityToken } from './model.js'
import { statePaths } from './state-folder.js'

const shape = z.strictObject({
  user: z.string(),
  client: z.string().regex(/^[ -~]{0,64}$/),
  createdAt: z.iso.datetime(),
  secretHash: z.string(),
  entry: z.string(),
})

/** Where the identity tokens of `dataFolder` stand, and how they are read. */
function identityTokenFolder(dataFolder: string): RecordFolder<IdentityToken> {
  return {
    folder: statePaths(dataFolder).identityTokens,
    parse(id, json) {
      const read = shape.safeParse(json)
      if (!read.success) return { wrong: 'is no identity token' }
      return { record: { id, ...read.data, createdAt: Date.parse(read.data.createdAt) } }
    },
    hint: 'remove it; its user logs in again',
  }
}

/** By their ids, with what is wrong with the others. Rejects with the error of the system where the folder cannot be read. */
export function readIdentityTokens(dataFolder: string) {
  return createRecordReader(identityTokenFolder(dataFolder)).read('files')
}

/** False where there is none of this id. In force at every gate as soon as it has looked. */
export async function revokeIdentityToken(dataFolder: string, id: string): Promise<boolean> {
  const name = `${id}.json`
  return recordName.test(name) && removePrivateFile(join(statePaths(dataFolder).identityTokens, name))
}

export interface IdentityTokens {
  /** By their ids. */
  current(): ReadonlyMap<string, IdentityToken>
  /** Resolves when the record is on the disk and in force; the user's oldest ones go where there are too many. */
  add(record: IdentityToken): Promise<void>
  /** Looks for those that came or went a moment ago; resolves when what was seen is in force. Never rejects. */
  look(): Promise<void>
  close(): void
}

export interface IdentityKeeping {
  /** The value of --data. */
  readonly dataFolder: string
  /** The tokens are others than before. Must not throw. */
  readonly onChange: (tokens: ReadonlyMap<string, IdentityToken>) => void
  /** What is wrong with files is other than before. Must not throw. */
  readonly onProblems: (problems: readonly Problem[]) => void
  /** How often the folder is looked at, in milliseconds. */
  readonly intervalMs?: number
}

/** Follows the folder, whoever changes it; resolves when the tokens that are there have been told. */
export async function keepIdentityTokens(keeping: IdentityKeeping): Promise<IdentityTokens> {
  const { dataFolder, ...options } = keeping
  const watch = await watchRecords(identityTokenFolder(dataFolder), options)
  const { folder, identityTokens } = statePaths(dataFolder)
  let trimming: Promise<void> = Promise.resolve()
  /**
   * Once a new one is written: each of those that are being made at the same moment would else find room for itself. And one after the
   * other, so that the others find nothing more to remove.
   */
  function trimFor(made: IdentityToken): Promise<void> {
    const turn = trimming.then(async () => {
      const over = surplus(watch.current().values(), made)
      for (const old of over) await revokeIdentityToken(dataFolder, old)
      if (over.length > 0) await watch.refresh()
    })
    trimming = turn.catch(() => undefined)
    return turn
  }
  return {
    current: () => watch.current(),
    async add(made) {
      const { id, ...record } = made
      await makePrivateFolder(folder)
      await makePrivateFolder(identityTokens)
      const text = `${JSON.stringify({ ...record, createdAt: new Date(record.createdAt).toISOString() }, null, 2)}\n`
      await writePrivateFile(join(identityTokens, `${id}.json`), text)
      await watch.refresh()
      await trimFor(made)
    },
    look: () => watch.refresh(),
    close: () => watch.close(),
  }
}
