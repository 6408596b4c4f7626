/** Finds and reads portcullis.yaml, or the file that is named instead. */
import { lstatSync, readFileSync } from 'node:fs'
import type { Problem } from '../errors/problem.js'
import { type FileOptions, noOptions, optionsFromYaml } from './from-file.js'

interface NamedFile {
  readonly value: string
  readonly where: string
}

const defaultConfig = 'portcullis.yaml'

/** A named file must exist; ./portcullis.yaml is optional. Mistakes are returned as problems. */
export function readYaml(config: NamedFile | null): FileOptions {
  const file = config?.value ?? defaultConfig
  // A broken link counts as existing, so that its rules are not silently ignored.
  if (config === null && lstatSync(file, { throwIfNoEntry: false }) === undefined) return noOptions
  let source: string
  try {
    source = readFileSync(file, 'utf8')
  } catch (error) {
    return { ...noOptions, problems: [unreadable(file, config, error)] }
  }
  return optionsFromYaml(source, file)
}

function unreadable(file: string, config: NamedFile | null, error: unknown): Problem {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
  const reasons = new Map([
    ['ENOENT', config === null ? 'is a link to something that does not exist' : 'does not exist'],
    ['ENOTDIR', 'does not exist'],
    ['EISDIR', 'is a folder'],
    ['EACCES', 'may not be read by this user'],
  ])
  const message = reasons.get(code) ?? `cannot be read (${code})`
  if (config === null) return { where: file, message, hint: 'mend or remove it, or name another file with --config' }
  const hint = `name a file that is there; without the flag, ${defaultConfig} is read if it is there`
  return { where: config.where, message: `${file} ${message}`, hint }
}
