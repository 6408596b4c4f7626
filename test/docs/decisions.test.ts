/** docs/decisions.md and the code refer to each other, and every path that a page of docs names exists. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it, test } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))
const read = (path: string) => readFileSync(root + path, 'utf8')

/** All files of a folder and its subfolders, relative to the root of the project. */
const filesIn = (folder: string): string[] =>
  readdirSync(root + folder, { recursive: true, encoding: 'utf8' })
    .map(name => `${folder}/${name}`)
    .filter(path => statSync(root + path).isFile())

const pages = ['README.md', ...filesIn('docs').filter(path => path.endsWith('.md'))]
const decided = [...read('docs/decisions.md').matchAll(/^\*\*([A-Z]\d+)\. /gm)].map(match => match[1] ?? '')
const cited = ['src', 'scripts', 'test']
  .flatMap(filesIn)
  .concat('Dockerfile')
  .flatMap(path => [...read(path).matchAll(/\bdecision ([A-Z]\d+)\b/g)].map(match => ({ path, id: match[1] ?? '' })))

it('docs/decisions.md has decisions, each with an id of its own, a title and a date', () => {
  const paragraphs = read('docs/decisions.md').split('## Processes')[1]?.split('\n\n') ?? []
  const decisions = paragraphs.filter(paragraph => paragraph.trim() !== '' && !paragraph.startsWith('## '))
  const form = /^\*\*[A-Z]\d+\. [^*]+\*\* \(\d{4}-\d{2}-\d{2}\)\. ./
  expect(decisions.filter(paragraph => !form.test(paragraph.replaceAll('\n', ' ')))).toEqual([])
  expect(decided.length).toBe(decisions.length)
  expect(decided.filter((id, index) => decided.indexOf(id) !== index)).toEqual([])
})

it('the code cites every decision', () => {
  const ids = new Set(cited.map(({ id }) => id))
  expect(decided.filter(id => !ids.has(id))).toEqual([])
})

it('every decision that the code cites exists', () => {
  expect(cited.filter(({ id }) => !decided.includes(id))).toEqual([])
})

test.each(pages)('every path that %s names exists', page => {
  const paths = [...read(page).matchAll(/`((?:src|test|scripts|docs)\/[^\s`]*)`/g)].map(match => match[1] ?? '')
  expect(paths.filter(path => !existsSync(root + path))).toEqual([])
})
