/** The real disk for the reader: files as UTF-8 and patterns in the manner of glob(3). */
import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { RE2JS } from 're2js'
import type { ConfFiles } from './include.js'

/** Reads from the file system, synchronously: this happens at start and at reload, in the primary alone. */
export const disk: ConfFiles = {
  read: path => readFileSync(path, 'utf8'),
  glob: pattern => expandPattern(pattern).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
}

function expandPattern(pattern: string): string[] {
  const absolute = pattern.startsWith('/')
  let found = [absolute ? '/' : '']
  for (const segment of pattern.split('/').filter(each => each !== '')) {
    found = found.flatMap(folder => {
      if (!/[*?[]/.test(segment)) return [join(folder, segment)]
      const fits = testOf(segment)
      return namesIn(folder === '' ? '.' : folder)
        .filter(fits)
        .map(name => join(folder, name))
    })
  }
  return found.filter(isThere)
}

/** A link that leads nowhere as well, as glob(3) has it: reading it then fails, and no server goes missing unnoticed. */
function isThere(path: string): boolean {
  try {
    lstatSync(path)
    return true
  } catch {
    return false
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** Whether a name fits; a leading dot has to be written out, as in a shell. */
function testOf(segment: string): (name: string) => boolean {
  const source = segment.replace(/\[[!^]?\]?\[?[^\][]*\]|[*?]|[\\^$.|+(){}[\]]/g, found => {
    if (found === '*') return '.*'
    if (found === '?') return '.'
    if (found.length === 1) return `\\${found}`
    return `[${found
      .slice(1, -1)
      .replace(/^!/, '^')
      .replace(/[\\\][]/g, '\\$&')}]`
  })
  const begins = /^[*?[]/.test(segment)
  try {
    // Without backtracking: one star more makes no difference of seconds.
    const expression = RE2JS.compile(source, RE2JS.DOTALL)
    return name => !(begins && name.startsWith('.')) && expression.matches(name)
  } catch {
    // A range the wrong way round, of which glob(3) says that nothing fits it.
    return () => false
  }
}
