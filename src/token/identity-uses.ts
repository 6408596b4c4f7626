/**
 * When each identity token was used last: kept as the modification time of its file, so that every gate on the folder
 * knows it. (decision T8)
 */
import { utimesSync } from 'node:fs'
import { stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import type { IdentityToken } from './model.js'

/** A use is written down at once, and the further ones of the same token so often. */
const writeIntervalMs = 10_000

export interface LastUse {
  /** Milliseconds since 1970; null where it was never used. */
  readonly usedAt: number | null
  /** Not before the last use or the creation, for comparisons: another gate may not have written down its last uses yet. */
  readonly latest: number
}

export interface IdentityUses {
  /** The token with this id is used now. */
  used(id: string): void
  /** What this gate and the file know. Never rejects. */
  lastUse(record: IdentityToken): Promise<LastUse>
  /** Forgets those of tokens that are gone. */
  retain(ids: { has(id: string): boolean }): void
  /** Writes down what is not written yet. */
  close(): void
}

interface Use {
  at: number
  writtenAt: number
}

/** The file of a token. @param folder statePaths().identityTokens */
export const identityTokenFile = (folder: string, id: string): string => join(folder, `${id}.json`)

/** By the file alone; null where the token was never used, or has no file any more. Never rejects. */
export async function readLastUse(folder: string, { id, createdAt }: IdentityToken): Promise<number | null> {
  const found = await stat(identityTokenFile(folder, id)).catch(() => null)
  const usedAt = found === null ? createdAt : Math.round(found.mtimeMs)
  return usedAt > createdAt ? usedAt : null
}

/** Makes a file that was written just now the one of a token that was never used. Never rejects. */
export const markUnused = (folder: string, { id, createdAt }: IdentityToken): Promise<void> =>
  touch(identityTokenFile(folder, id), createdAt)

/** @param now milliseconds since 1970 */
export function followUses(folder: string, now: () => number = Date.now): IdentityUses {
  const uses = new Map<string, Use>()
  let timer: NodeJS.Timeout | null = null
  const unwritten = () => [...uses].filter(([, use]) => use.writtenAt < use.at)

  async function write(id: string, use: Use): Promise<void> {
    use.writtenAt = use.at
    await touch(identityTokenFile(folder, id), use.at)
  }
  async function writeAll(): Promise<void> {
    timer = null
    for (const [id, use] of unwritten()) await write(id, use)
  }

  return {
    used(id) {
      const at = now()
      const use = uses.get(id) ?? { at, writtenAt: Number.NEGATIVE_INFINITY }
      uses.set(id, use)
      use.at = at
      if (at - use.writtenAt >= writeIntervalMs) void write(id, use)
      else timer ??= setTimeout(() => void writeAll(), writeIntervalMs).unref()
    },
    async lastUse(record) {
      const inFile = await readLastUse(folder, record)
      const here = uses.get(record.id)?.at ?? null
      if (here !== null && here >= (inFile ?? 0)) return { usedAt: here, latest: here }
      return { usedAt: inFile, latest: inFile === null ? record.createdAt : inFile + writeIntervalMs }
    },
    retain(ids) {
      for (const id of uses.keys()) if (!ids.has(id)) uses.delete(id)
    },
    close() {
      if (timer !== null) clearTimeout(timer)
      // At once: the process may end before anything else is done.
      for (const [id, use] of unwritten()) {
        try {
          utimesSync(identityTokenFile(folder, id), use.at / 1_000, use.at / 1_000)
        } catch {
          // As below.
        }
      }
    },
  }
}

/** A token that was revoked meanwhile has no file, and a folder that cannot be written is told of where the next token is kept. */
async function touch(file: string, at: number): Promise<void> {
  await utimes(file, at / 1_000, at / 1_000).catch(() => undefined)
}
