/** Reads a file that holds one of the gate's own passwords, at its backend or at Redis: one line, and nothing else. */
import { open } from 'node:fs/promises'
import { type Problem, ProblemsFound } from '../errors/problem.js'
import { Secret } from '../errors/secret.js'
import { readError, statFile } from './file-stamp.js'
import { invisibleIn, placed } from './invisible.js'

export interface LoadedPassword {
  readonly password: Secret
  /** What works and yet deserves a look. */
  readonly warnings: readonly Problem[]
}

/** Bytes; tokens that stand for a password are long, too. */
const longest = 16 * 1024

/**
 * @param where what names the file: `portcullis.yaml:4`
 * @throws ProblemsFound where the file cannot be read, is empty or has more than one line
 */
export async function loadPassword(file: string, where: string): Promise<LoadedPassword> {
  const refuse = (error: string, hint: string) =>
    new ProblemsFound([{ where, message: `the password file "${file}" ${error}`, hint }])
  const create = 'write the password into it, readable by the user of this process alone, and nothing else'
  const fileState = await statFile(file)
  if ('error' in fileState) throw refuse(fileState.error, create)
  const { text, mode } = await read(file).catch(async fault => {
    throw refuse(await readError(file, fault), create)
  })
  const password = text.replace(/\r?\n$/, '')
  if (password === '') throw refuse('is empty', create)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
  if (/[\u0000-\u001f\u007f]/.test(password) || text.length > longest)
    throw refuse('holds more than one line of text', create)
  const open = process.platform !== 'win32' && (mode & 0o004) !== 0
  const message = `everybody on this machine may read the password file "${file}"`
  const warnings: Problem[] = open ? [{ where, message, hint: `chmod 600 ${file}` }] : []
  const unseen = invisibleIn(password)
  if (unseen !== null) {
    const odd = `the password file "${file}" has ${placed(unseen)} the password, which belongs to it`
    warnings.push({ where, message: odd, hint: 'delete it, unless the password has it' })
  }
  return { password: new Secret(password), warnings }
}

async function read(file: string): Promise<{ readonly text: string; readonly mode: number }> {
  const handle = await open(file)
  try {
    const { mode } = await handle.stat()
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(longest + 1), 0, longest + 1, 0)
    return { text: buffer.toString('utf8', 0, bytesRead), mode }
  } finally {
    await handle.close()
  }
}
