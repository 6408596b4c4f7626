/** Turns system errors for certificate files into problems with a next step. */
import { dirname } from 'node:path'
import type { Problem } from '../errors/problem.js'
import { createCommand, problemAt, shellWord } from './place.js'

/**
 * Describes a file that could not be read; `where` as in problemAt.
 * @throws `error` if it is not a system error
 */
export function readProblem(error: unknown, file: string, where: string | null): Problem {
  switch (systemCode(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return problemAt(where, file, 'does not exist', `create a pair with: ${createCommand(file)}`)
    case 'EISDIR':
      return problemAt(
        where,
        file,
        'is a folder',
        'docker makes a folder where a mounted file is missing: remove it, create the file, and start again',
      )
    case 'EACCES':
    case 'EPERM':
      return problemAt(where, file, 'cannot be read: permission denied', `see who may: ls -l ${shellWord(file)}`)
    default:
      return problemAt(where, file, `cannot be read: ${systemCode(error)}`)
  }
}

/**
 * Describes a file that could not be written.
 * @throws `error` if it is not a system error
 */
export function writeProblem(error: unknown, file: string): Problem {
  const folder = shellWord(dirname(file))
  switch (systemCode(error)) {
    case 'EEXIST':
      return existsProblem(file)
    case 'EISDIR':
      return { where: file, message: 'is a folder', hint: `remove it, or choose another folder with --out` }
    case 'EACCES':
    case 'EPERM':
      return {
        where: file,
        message: 'cannot be written: permission denied',
        hint: `check its permissions: ls -ld ${folder}`,
      }
    case 'ENOENT':
      return { where: file, message: 'cannot be made there', hint: 'choose another folder with --out' }
    case 'EROFS':
      return {
        where: file,
        message: 'cannot be written: the file system is read-only',
        hint: 'choose another folder with --out, or mount this one without :ro',
      }
    case 'ENOSPC':
    case 'EDQUOT':
      return { where: file, message: 'cannot be written: no space is left', hint: `see what is full: df -h ${folder}` }
    case 'EBUSY':
      return {
        where: file,
        message: 'cannot be replaced: the file itself is a mount',
        hint: 'mount its folder instead of the file, so that it can be renewed',
      }
    default:
      return { where: file, message: `cannot be written: ${systemCode(error)}` }
  }
}

/**
 * Describes a folder that could not be created.
 * @throws `error` if it is not a system error
 */
export function folderProblem(error: unknown, folder: string): Problem {
  const code = systemCode(error)
  if (code !== 'EEXIST' && code !== 'ENOTDIR') return writeProblem(error, folder)
  return { where: folder, message: 'is not a folder', hint: 'choose another one with --out' }
}

/** Describes a file that would be overwritten. */
export function existsProblem(file: string): Problem {
  return {
    where: file,
    message: 'exists already',
    hint: 'replace it with --force, or choose another folder with --out',
  }
}

function systemCode(error: unknown): string {
  if (error instanceof Error && 'syscall' in error && 'code' in error) return String(error.code)
  throw error
}
