/** What the reader of nginx.conf accepts and refuses, case by case; the same table is held against a real nginx elsewhere. */
import { describe, expect, it } from 'vitest'
import { ProblemsFound } from '../../src/errors/problem.js'
import type { ConfFiles } from '../../src/nginx/language/include.js'
import { settingsFromNginxConf } from '../../src/nginx/nginx-conf.js'
import { fileOf, verdictCases } from './verdict-cases.js'

function filesWith(text: string): ConfFiles {
  return {
    read: path => {
      if (path === 'nginx.conf') return text
      throw Object.assign(new Error('no such file'), { code: 'ENOENT' })
    },
    glob: () => [],
  }
}

describe('the reader of nginx.conf', () => {
  for (const { body, accepted, message } of verdictCases) {
    it(`${accepted ? 'accepts' : 'refuses'} ${body.replaceAll('\n', ' ')}`, () => {
      const read = () => settingsFromNginxConf('nginx.conf', filesWith(fileOf(body, 5000, 5001)))
      if (accepted) {
        expect(read().listeners.length).toBeGreaterThan(0)
      } else {
        const { problems } = problemsOf(read)
        expect(problems.map(problem => problem.message).join('\n')).toContain(message.replaceAll('PORT', '5000'))
        for (const problem of problems) expect(problem.where).toMatch(/^nginx\.conf:[4-8]$/)
      }
    })
  }
})

function problemsOf(read: () => unknown): ProblemsFound {
  try {
    read()
  } catch (error) {
    if (error instanceof ProblemsFound) return error
    throw error
  }
  throw new Error('it was accepted')
}
