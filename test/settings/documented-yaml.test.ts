/** Every example of portcullis.yaml in the README and in docs/ is one: no key in it is unknown, no value wrong. */
import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { readYamlText } from './read-yaml-text.js'

const root = new URL('../../', import.meta.url)
const pages = ['README.md', ...readdirSync(new URL('docs/', root)).map(name => `docs/${name}`)]

/** Of Prometheus, Kubernetes and the registry, as they begin. */
const ofOthers = /^(groups:\n {2}- name:|livenessProbe:|# config\.yml of the registry)/

const examples = pages.flatMap(page =>
  [...readFileSync(new URL(page, root), 'utf8').matchAll(/^```yaml\n([^`]*)^```$/gm)]
    .map(([, text = '']) => ({ page, text, begin: text.split('\n', 1)[0] ?? '' }))
    .filter(({ text }) => !ofOthers.test(text)),
)

it.each(examples)('$page: $begin', ({ page, text }) => {
  expect(readYamlText(text, page).problems).toEqual([])
})

it('there are examples', () => {
  expect(examples.length).toBeGreaterThan(8)
})
