/** The secret that all gates of one state folder share: it keys the hashes of users' entries and of identity tokens. */
import { readFile } from 'node:fs/promises'
import { ProblemsFound } from '../errors/problem.js'
import { readError } from '../files/file-stamp.js'
import { makePrivateFolder, writePrivateFile } from '../files/private-file.js'
import { statePaths } from './state-folder.js'

const bytes = 32

/**
 * 32 bytes; made where there are none yet, and then the same for every gate that starts at the same moment.
 * Throws ProblemsFound where the file is damaged or can be neither read nor made.
 */
export async function loadStateSecret(dataFolder: string, random: (bytes: number) => Uint8Array): Promise<Uint8Array> {
  const { folder, secret: file } = statePaths(dataFolder)
  const known = await readSecret(file)
  if (known !== null) return known
  try {
    await makePrivateFolder(folder)
    await writePrivateFile(file, `${Buffer.from(random(bytes)).toString('base64url')}\n`, { exclusive: true })
  } catch (fault) {
    const hint = 'let the gate write there, or name another folder with --data'
    throw new ProblemsFound([{ where: file, message: `cannot be made (${reasonOf(fault)})`, hint }])
  }
  const made = await readSecret(file)
  if (made === null) throw new ProblemsFound([{ where: file, message: 'was removed while it was being made' }])
  return made
}

/** null where there is none. Throws ProblemsFound where it is damaged or cannot be read. */
export async function readSecret(file: string): Promise<Uint8Array | null> {
  const text = await readFile(file, 'utf8').catch(async (fault: unknown) => {
    const message = await readError(file, fault)
    if (message === 'does not exist') return null
    const hint = 'let the gate read it, or name another folder with --data'
    throw new ProblemsFound([{ where: file, message, hint }])
  })
  if (text === null) return null
  const secret = Buffer.from(text.trim(), 'base64url')
  if (secret.length === bytes) return secret
  const hint = 'remove it, and restart all gates: then everybody logs in again'
  throw new ProblemsFound([{ where: file, message: 'is damaged', hint }])
}

const reasonOf = (fault: unknown): string =>
  fault instanceof Error && 'code' in fault ? String(fault.code) : 'unknown error'
