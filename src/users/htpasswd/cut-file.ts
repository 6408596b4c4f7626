/**
 * An htpasswd file that ends in the middle of its last line, as a slow or broken copy leaves it: who was in it before
 * stays. (decision W11)
 */
import type { ParsedHtpasswd } from './parse.js'
import type { UserEntry } from './users.js'

/**
 * Whether the end of the file is missing: its last line has no end and lets nobody in, or has the beginning of the hash that the user had
 * before. A file whose last line is whole, or was the same before, is not cut: it is meant so.
 * @param former what was last known to be whole
 */
export function isCut({ openLine }: ParsedHtpasswd, former: ParsedHtpasswd): boolean {
  if (openLine === null || openLine.text === former.openLine?.text) return false
  const { entry } = openLine
  if (entry === null) return true
  const hash = former.entries.get(entry.name)?.hash ?? ''
  return hash.length > entry.hash.length && hash.startsWith(entry.hash)
}

/** The users of a cut file, and those of before whose lines are missing or incomplete. `openLine` is that of before. */
export function withFormerUsers(parsed: ParsedHtpasswd, former: ParsedHtpasswd): ParsedHtpasswd {
  const { openLine } = parsed
  const entries = new Map<string, UserEntry>(parsed.entries)
  if (openLine?.entry != null) entries.delete(openLine.entry.name)
  for (const [name, entry] of former.entries) if (!entries.has(name)) entries.set(name, entry)
  const place = `${parsed.file}:${openLine?.line}`
  const problems = parsed.problems.filter(({ where }) => where !== place)
  return { file: parsed.file, entries, problems, openLine: former.openLine }
}

/**
 * What may be put in force of files that were read at once, without a watch.
 * @param inForce of a file; null where it was not in use
 */
export function keptWhileCut(
  files: ReadonlyMap<string, ParsedHtpasswd>,
  inForce: (file: string) => ParsedHtpasswd | null,
): ReadonlyMap<string, ParsedHtpasswd> {
  const kept = ([file, parsed]: [string, ParsedHtpasswd]): [string, ParsedHtpasswd] => {
    const former = inForce(file)
    return [file, former !== null && isCut(parsed, former) ? withFormerUsers(parsed, former) : parsed]
  }
  return new Map([...files].map(kept))
}
