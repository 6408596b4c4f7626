/** What is made from the table of options is up to date: `npx vitest run -u` with this file writes it anew. */
import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { deciding } from '../../scripts/container-start.js'
import { notBesideNginxConf } from '../../src/settings/options/parse-options.js'
import { options } from '../../src/settings/options/table.js'
import { optionsPage } from './options-page.js'
import { optionsSchema } from './options-schema.js'
import { yamlOf } from './samples.js'

it('docs/options.md has every row of the table', async () => {
  await expect(optionsPage()).toMatchFileSnapshot('../../docs/options.md')
})

it('docs/portcullis.schema.json has every key of the table', async () => {
  await expect(`${JSON.stringify(optionsSchema(), null, 2)}\n`).toMatchFileSnapshot('../../docs/portcullis.schema.json')
})

const schema = z.fromJSONSchema(optionsSchema())
const root = new URL('../../', import.meta.url)
const pages = ['README.md', ...readdirSync(new URL('docs/', root)).filter(name => name.endsWith('.md'))]
const ofOthers = /^(groups:\n {2}- name:|livenessProbe:|# config\.yml of the registry)/
const examples = pages.flatMap(page => {
  const text = readFileSync(new URL(page === 'README.md' ? page : `docs/${page}`, root), 'utf8')
  return [...text.matchAll(/^```yaml\n([^`]*)^```$/gm)]
    .map(([, block = '']) => block)
    .filter(block => !ofOthers.test(block))
})

it.each([yamlOf(0), yamlOf(2), 'login_limits: off\n', 'token: {}\n', ...examples])('the schema takes: %s', text => {
  expect(schema.safeParse(parse(text)).error?.issues ?? []).toEqual([])
})

it.each([
  'lisen: 5000\n',
  'tls: { cert: a.pem }\n',
  'token: { lifetime: 5m }\n',
  'log: { level: loud }\n',
  'access: []\n',
  'login_limits: none\n',
])('the schema refuses: %s', text => expect(schema.safeParse(parse(text)).success).toBe(false))

it('in a container, whoever gives an option that an nginx.conf decides has not come for nginx-compat.conf', () => {
  const flags = notBesideNginxConf.map(({ name }) => options[name].flag)
  expect(flags.filter(flag => !deciding.some(known => known === flag))).toEqual([])
})
