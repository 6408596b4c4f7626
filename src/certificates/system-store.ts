/** Finds this system's store of trusted certificates, and updates it. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'
import { type Problem, ProblemsFound } from '../errors/problem.js'
import { type SystemStore, systemStores } from './trust-places.js'

/** @throws ProblemsFound if the system has no known store */
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

/**
 * Runs the store's own program.
 * @throws ProblemsFound with the program's output if it fails
 */
export async function updateStore({ update: [program, ...args] }: SystemStore): Promise<void> {
  // Debian has the program in /usr/sbin, which is not in every PATH.
  const env = { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin` }
  try {
    await promisify(execFile)(program, args, { env })
  } catch (error) {
    const output = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : ''
    const message = `failed: ${output === '' && error instanceof Error ? error.message : output}`
    throw new ProblemsFound([{ where: program, message, hint: `run: sudo ${[program, ...args].join(' ')}` }])
  }
}
