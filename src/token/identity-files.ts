/** The files of the identity tokens: DATA/portcullis/identity-tokens/ID.json, with a hash instead of the token. */
import { z } from 'zod'
import type { Problem } from '../errors/problem.js'
import { makePrivateFolder, removePrivateFile, writePrivateFile } from '../files/private-file.js'
import { createRecordReader, type RecordFolder, recordName } from '../files/record-folder.js'
import { watchRecords } from '../files/watch-records.js'
import { maxPerUser, surplus } from './identity-token.js'
import { followUses, identityTokenFile, type LastUse, markUnused } from './identity-uses.js'
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
  return recordName.test(name) && removePrivateFile(identityTokenFile(statePaths(dataFolder).identityTokens, id))
}

export interface IdentityTokens {
  /** By their ids. */
  current(): ReadonlyMap<string, IdentityToken>
  /** Resolves when the record is on the disk and in force; of too many of a user those go that were not used for longest. */
  add(record: IdentityToken): Promise<void>
  /** The token with this id is used now. */
  used(id: string): void
  /** Looks for those that came or went a moment ago; resolves when what was seen is in force. Never rejects. */
  look(): Promise<void>
  close(): void
}

/** A token that gave way to a newer one of its user. */
export interface DisplacedToken extends Pick<LastUse, 'usedAt'> {
  readonly token: IdentityToken
}

export interface IdentityTokenFiles {
  /** The value of --data. */
  readonly dataFolder: string
  /** The tokens are others than before. Must not throw. */
  readonly onChange: (tokens: ReadonlyMap<string, IdentityToken>) => void
  /** What is wrong with files is other than before. Must not throw. */
  readonly onProblems: (problems: readonly Problem[]) => void
  /** A token was removed because its user has too many. Must not throw. */
  readonly onDisplaced: (displaced: DisplacedToken) => void
  /** How often the folder is looked at, in milliseconds. */
  readonly intervalMs?: number
}

/** Follows the folder; resolves when the callback has got the tokens in it. */
export async function keepIdentityTokens(keeping: IdentityTokenFiles): Promise<IdentityTokens> {
  const { dataFolder, onChange, onDisplaced, ...options } = keeping
  const { folder, identityTokens } = statePaths(dataFolder)
  const uses = followUses(identityTokens)
  const watch = await watchRecords(identityTokenFolder(dataFolder), {
    ...options,
    onChange(tokens) {
      uses.retain(tokens)
      onChange(tokens)
    },
  })
  let trimming: Promise<void> = Promise.resolve()
  /**
   * Once a new one is written: each of those that are being made at the same moment would else find room for itself. And one after the
   * other, so that the others find nothing more to remove.
   */
  function trimFor(made: IdentityToken): Promise<void> {
    const turn = trimming.then(async () => {
      const own = [...watch.current().values()].filter(({ user }) => user === made.user)
      if (own.length <= maxPerUser) return
      const found = await Promise.all(own.map(async token => [token, await uses.lastUse(token)] as const))
      const lastUses = new Map(found)
      for (const token of surplus(own, made, each => lastUses.get(each)?.latest ?? each.createdAt)) {
        // Another gate may have done it.
        const removed = await revokeIdentityToken(dataFolder, token.id)
        if (removed) onDisplaced({ token, usedAt: lastUses.get(token)?.usedAt ?? null })
      }
      await watch.refresh()
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
      await writePrivateFile(identityTokenFile(identityTokens, id), text)
      await markUnused(identityTokens, made)
      await watch.refresh()
      await trimFor(made)
    },
    used(id) {
      if (watch.current().has(id)) uses.used(id)
    },
    look: () => watch.refresh(),
    close() {
      watch.close()
      uses.close()
    },
  }
}
