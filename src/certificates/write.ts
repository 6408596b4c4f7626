/** Writes several files atomically: either all of them exist afterwards, or nothing has changed. */
import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { copyFile, link, lstat, open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { type Problem, ProblemsFound } from '../errors/problem.js'
import { Secret } from '../errors/secret.js'
import { makeFolders } from '../files/make-folders.js'
import { existsProblem, folderProblem, writeProblem } from './file-problem.js'

/** A Secret is written with mode 0600, any other text with 0644. */
export interface NewFile {
  readonly path: string
  readonly content: string | Secret
}

/**
 * Writes and syncs all files first, and renames them only if every write succeeded. Creates missing folders.
 * @throws ProblemsFound if a file exists and `force` is false, even if it appeared a moment ago; and for system errors
 */
export async function writeCertificates(files: readonly NewFile[], force: boolean): Promise<void> {
  if (!force) await refuseExisting(files.map(file => file.path))
  const folders = [...new Set(files.map(file => dirname(file.path)))]
  const moves = files.map(file => new Move(file, force))
  try {
    for (const folder of folders) await attempt(() => makeFolders(folder), folderProblem, folder)
    for (const move of moves) await attempt(() => move.prepare(), writeProblem, move.path)
    for (const move of moves) await attempt(() => move.perform(), writeProblem, move.path)
    await Promise.all(folders.map(syncFolder))
  } catch (error) {
    for (const move of moves.toReversed()) await move.undo()
    throw error
  } finally {
    for (const move of moves) await move.tidy()
  }
}

/** @throws ProblemsFound with each path that exists, even as a broken link */
export async function refuseExisting(paths: readonly string[]): Promise<void> {
  const found = await Promise.all(paths.map(async path => ((await exists(path)) ? [existsProblem(path)] : [])))
  if (found.flat().length > 0) throw new ProblemsFound(found.flat())
}

async function attempt(
  step: () => Promise<unknown>,
  problem: (error: unknown, path: string) => Problem,
  path: string,
): Promise<void> {
  await step().catch(error => {
    throw new ProblemsFound([problem(error, path)])
  })
}

/** Moves one file to its final name, and back if another file fails. */
class Move {
  readonly path: string
  readonly #content: string | Secret
  readonly #force: boolean
  readonly #fresh: string
  readonly #former: string
  #state: 'nothing' | 'new' | 'replaced' = 'nothing'

  constructor(file: NewFile, force: boolean) {
    this.path = file.path
    this.#content = file.content
    this.#force = force
    const suffix = randomBytes(6).toString('hex')
    this.#fresh = join(dirname(file.path), `.${basename(file.path)}.${suffix}.new`)
    this.#former = join(dirname(file.path), `.${basename(file.path)}.${suffix}.old`)
  }

  async prepare(): Promise<void> {
    const { text, mode } =
      this.#content instanceof Secret
        ? { text: this.#content.reveal(), mode: 0o600 }
        : { text: this.#content, mode: 0o644 }
    const file = await open(this.#fresh, 'wx', mode)
    try {
      // The mode does not depend on the umask: every user may read a certificate.
      await file.chmod(mode)
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
  }

  async perform(): Promise<void> {
    if (!this.#force) {
      await takeFreeName(this.#fresh, this.path)
      this.#state = 'new'
      return
    }
    const former = await lstat(this.path).catch(() => null)
    if (former !== null && !former.isDirectory()) await keepCopy(this.path, this.#former)
    await rename(this.#fresh, this.path)
    this.#state = former === null ? 'new' : 'replaced'
  }

  async undo(): Promise<void> {
    if (this.#state === 'new') await rm(this.path, { force: true })
    if (this.#state === 'replaced') await rename(this.#former, this.path)
  }

  /** An error means most likely that the file was never created. */
  async tidy(): Promise<void> {
    await rm(this.#fresh, { force: true }).catch(() => undefined)
    await rm(this.#former, { force: true }).catch(() => undefined)
  }
}

/**
 * Unlike a rename, a link fails if another process has taken the name meanwhile. File systems without links use the
 * rename.
 */
async function takeFreeName(from: string, to: string): Promise<void> {
  await link(from, to).catch(async error => {
    if (hasCode(error, 'EEXIST') || (await exists(to))) throw error
    await rename(from, to)
  })
}

async function keepCopy(from: string, to: string): Promise<void> {
  await link(from, to).catch(() => copyFile(from, to, constants.COPYFILE_EXCL))
}

function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

/** Syncs the new names to disk. Systems that cannot sync folders skip this. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => null)
  await handle?.sync().catch(() => undefined)
  await handle?.close()
}
