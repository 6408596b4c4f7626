/** Changes one user in an htpasswd file on the disk, one command after the other. */

import { lstat, open, readFile, realpath, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { type Problem, ProblemsFound } from '../../errors/problem.js'
import { statFile } from '../../files/file-stamp.js'
import { makeFolders } from '../../files/make-folders.js'
import { systemCode } from '../../files/system-code.js'
import { type Edited, removeUser, setUser } from './edit.js'
import { type HeldLock, takeTurn } from './file-lock.js'
import { unreadable } from './load.js'
import { type ParsedHtpasswd, parseHtpasswd } from './parse.js'
import { type Way, writeContent } from './write-file.js'

export interface EditedFile {
  /** Whether the user had a line before. */
  readonly existed: boolean
  /** How the file was written; null where nothing had to change. */
  readonly way: Way | null
  /** What the file says now. */
  readonly parsed: ParsedHtpasswd
}

/**
 * Puts `line`, as createEntry writes it, into the file, which is made with its folder where it is missing. Every other byte stays.
 * Throws ProblemsFound, and then the file is as it was before.
 */
export function setUserInFile(file: string, name: string, line: string): Promise<EditedFile> {
  return change(file, true, text => setUser(text, utf8AsText(name), utf8AsText(line)))
}

/** Removes every line of the user. Throws ProblemsFound, also where there is no file, and then nothing has changed. */
export function removeUserFromFile(file: string, name: string): Promise<EditedFile> {
  return change(file, false, text => removeUser(text, utf8AsText(name)))
}

async function change(file: string, make: boolean, edit: (text: string) => Edited): Promise<EditedFile> {
  try {
    const target = await findTarget(file, make)
    const turn = await turnFor(target, file)
    try {
      const before = textOf(await contentOf(target))
      const { text, existed } = edit(before)
      const content = bytesOf(text)
      const way = text === before ? null : await writeContent(target, content, () => turn.assertHeld())
      return { existed, way, parsed: parseHtpasswd(content.toString(), file) }
    } finally {
      await turn.giveBack()
    }
  } catch (fault) {
    throw fault instanceof ProblemsFound ? fault : new ProblemsFound([writeProblem(file, fault)])
  }
}

/** The file behind all links: they stay, and what they lead to is changed. */
async function findTarget(file: string, make: boolean): Promise<string> {
  const fileState = await statFile(file)
  if ('stamp' in fileState) return realpath(file)
  const entry = await lstat(file).catch(fault => (systemCode(fault) === 'ENOENT' ? null : 'unknown'))
  // Another command has made it since the look.
  if (entry !== null && entry !== 'unknown' && entry.isFile()) return realpath(file)
  const isFree = entry === null
  if (!make || !isFree) throw new ProblemsFound([unreadable(file, fileState.error)])
  await makeFolders(dirname(file))
  return join(await realpath(dirname(file)), basename(file))
}

/**
 * The lock file stands beside the users file, where other containers and machines see it too. In a closed folder the file
 * cannot be renamed and keeps its inode, and the lock is named after that in the folder for temporary files. Without a lock nothing is changed:
 * of several commands at the same time each would write what it had read, and the last one would win.
 * @param file as the user wrote it, for the message
 */
async function turnFor(target: string, file: string): Promise<HeldLock> {
  const beside = await takeTurn(join(dirname(target), `.${basename(target)}.lock`))
  if (beside !== null) return beside
  const inode = await stat(target).catch(() => null)
  const elsewhere = inode === null ? null : await turnInTemporaryFolder(`${inode.dev}-${inode.ino}`)
  if (elsewhere !== null) return elsewhere
  // Where the file cannot be written either, that is the reason to name.
  await (await open(target, 'r+')).close()
  throw new ProblemsFound([noLock(file)])
}

/** null where that folder takes no lock, for whatever reason. */
function turnInTemporaryFolder(id: string): Promise<HeldLock | null> {
  return takeTurn(join(tmpdir(), `portcullis-users-${id}.lock`)).catch(fault => {
    if (systemCode(fault) === null) throw fault
    return null
  })
}

function contentOf(file: string): Promise<Buffer> {
  return readFile(file).catch(fault => {
    if (systemCode(fault) === 'ENOENT') return Buffer.alloc(0)
    throw fault
  })
}

const utf8Mark = /^\xEF\xBB\xBF/

/**
 * One character for each byte, so that names and comments in any encoding stay as they are; only the byte order mark is the usual
 * character. UTF-16, which neither nginx nor registry:2 reads, becomes UTF-8.
 */
function textOf(bytes: Buffer): string {
  const utf16 =
    bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff && 'utf-16be'
  return utf16 ? utf8AsText(new TextDecoder(utf16).decode(bytes)) : bytes.toString('latin1').replace(utf8Mark, '\uFEFF')
}

function bytesOf(text: string): Buffer {
  return Buffer.from(text.replace(/^\uFEFF/, '\xEF\xBB\xBF'), 'latin1')
}

function utf8AsText(text: string): string {
  return Buffer.from(text).toString('latin1')
}

function noLock(file: string): Problem {
  return {
    where: file,
    message: `cannot be changed safely: no lock file can be made in its folder, nor in ${tmpdir()}`,
    hint: 'run the command as the owner of that folder, or name a folder that you may write to with TMPDIR',
  }
}

function writeProblem(file: string, fault: unknown): Problem {
  const code = systemCode(fault)
  if (code === null) throw fault
  if (code === 'EACCES' || code === 'EPERM') {
    return {
      where: file,
      message: 'may not be changed by this user',
      hint: 'run the command as its owner, or with sudo',
    }
  }
  if (code === 'EROFS') {
    return { where: file, message: 'is mounted read-only here', hint: 'change it where it comes from' }
  }
  if (code === 'ENOSPC' || code === 'EDQUOT') return { where: file, message: 'cannot be written: the disk is full' }
  return { where: file, message: `cannot be changed (${code})`, hint: 'name another file with --htpasswd FILE' }
}
