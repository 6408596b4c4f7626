/** Whole configurations and what becomes of them: golden files with the configuration, a line of dashes, and the result. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { formatProblem, ProblemsFound } from '../../src/errors/problem.js'
import type { ConfFiles } from '../../src/nginx/language/include.js'
import { settingsFromNginxConf } from '../../src/nginx/nginx-conf.js'
import { shortForm } from './short-form.js'

const folder = new URL('../cases/nginx-conf/compiled/', import.meta.url)

describe('an nginx.conf becomes', () => {
  for (const name of readdirSync(folder).sort()) {
    it(name.replace(/\.txt$/, ''), () => {
      const [input = '', expected = ''] = readFileSync(new URL(name, folder), 'utf8').split('----------\n')
      expect(result(input)).toBe(expected.trimEnd())
    })
  }
})

/** `# file: other.conf` begins a further file; what stands before is nginx.conf. */
function result(input: string): string {
  const [main = '', ...others] = input.split(/^# file: /m)
  const files = new Map([['nginx.conf', main]])
  for (const other of others) files.set(other.slice(0, other.indexOf('\n')), other.slice(other.indexOf('\n') + 1))
  try {
    const { listeners, notices, ignored, usersFiles } = settingsFromNginxConf('nginx.conf', filesOf(files))
    return [
      ...[...notices, ...ignored].map(notice => formatProblem(notice, 'notice')),
      ...usersFiles.map(file => `users: ${file.path} (${file.where})`),
      shortForm(listeners),
    ].join('\n')
  } catch (error) {
    if (error instanceof ProblemsFound) return error.problems.map(problem => formatProblem(problem)).join('\n')
    throw error
  }
}

function filesOf(files: ReadonlyMap<string, string>): ConfFiles {
  return {
    read: path => {
      const text = files.get(path)
      if (text === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' })
      return text
    },
    glob: pattern => [...files.keys()].filter(path => path.startsWith(pattern.replace(/\*.*$/, ''))).sort(),
  }
}
