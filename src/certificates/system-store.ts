/** Finds the store of trusted certificates of this system, and has it made anew. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'
import { type Problem, ProblemsFound } from '../errors/problem.js'
import { type SystemStore, systemStores } from './trust-places.js'

/** Throws ProblemsFound where there is none that this program knows. */
export function findSystemStore(platform: NodeJS.Platform): SystemStore {
  const found = platform === 'linux' ? systemStores.find(store => existsSync(store.folder)) : undefined
  if (found !== undefined) return found
  const problem: Problem =
    platform === 'linux'
      ? {
          where: 'the system store',
          message: `is none of: ${systemStores.map(store => store.folder).join(', ')}`,
          hint: 'install the package ca-certificates',
        }
      : {
          where: 'the system store',
          message: 'is changed by this program on Linux only',
          hint: 'see what to type: portcullis certs trust --client system',
        }
  throw new ProblemsFound([problem])
}

/** Runs the store's own program; throws ProblemsFound with what it said when it fails. */
export async function updateStore({ update: [program, ...args] }: SystemStore): Promise<void> {
  // Debian keeps it in /usr/sbin, which not every PATH has.
  const env = { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin` }
  try {
    await promisify(execFile)(program, args, { env })
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : ''
    const message = `failed: ${said === '' && error instanceof Error ? error.message : said}`
    throw new ProblemsFound([{ where: program, message, hint: `run: sudo ${[program, ...args].join(' ')}` }])
  }
}
