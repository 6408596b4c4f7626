/** Files that people or other programs write: eight times as much takes about eight times as long to read, whatever stands in them. */
import { expect, test } from 'vitest'
import { pemBlocks } from '../../src/certificates/pem.js'
import { ProblemsFound } from '../../src/errors/problem.js'
import { settingsFromNginxConf } from '../../src/nginx/nginx-conf.js'
import { optionsFromYaml } from '../../src/settings/from-file.js'
import { setUser } from '../../src/users/htpasswd/edit.js'
import { parseHtpasswd } from '../../src/users/htpasswd/parse.js'

const many = (count: number, line: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => line(index)).join('')
const yaml = (text: string) => optionsFromYaml(text, 'portcullis.yaml')
const server = (text: string) => {
  try {
    settingsFromNginxConf('nginx.conf', { read: () => `server { listen 127.0.0.1:80; ${text} }`, glob: () => [] })
  } catch (error) {
    if (!(error instanceof ProblemsFound)) throw error
  }
}
const entry = (index: number) => `user${index}:$2y$05$${'a'.repeat(53)}\n`

/** The count is the smaller one, and large enough to be measured. */
const files: readonly (readonly [title: string, count: number, read: (count: number) => unknown])[] = [
  ['an htpasswd file with many users', 1_000, count => parseHtpasswd(many(count, entry), 'htpasswd')],
  ['an htpasswd file that gets one more', 1_000, count => setUser(many(count, entry) + '\n'.repeat(count), 'x', 'x:y')],
  ['a PEM file whose blocks never end', 2_000, count => pemBlocks('-----BEGIN CERTIFICATE-----\n'.repeat(count))],
  ['a portcullis.yaml with many groups', 500, count => yaml(`groups:\n${many(count, at => `  g${at}: [a]\n`)}`)],
  ['a portcullis.yaml with unknown keys', 500, count => yaml(many(count, at => `key${at}: 1\n`))],
  ['a portcullis.yaml with one key many times', 500, count => yaml('key: 1\n'.repeat(count))],
  ['an nginx.conf with unknown variables', 500, count => server(many(count, at => `set $v${at} $w${at};`))],
  ['an nginx.conf with a long text', 4_000, count => server(`return 200 "${'$host'.repeat(count)}";`)],
  ['an nginx.conf with a long expression', 5_000, count => server(`location ~ "${'['.repeat(count)}" {}`)],
  ['an nginx.conf with a long address', 10_000, count => server(`location / { proxy_pass "${'//'.repeat(count)}"; }`)],
]

/** Of three times the shortest: what was interrupted by a collection of garbage does not count. */
function processorTime(work: () => void): number {
  const times = Array.from({ length: 3 }, () => {
    const before = process.cpuUsage()
    work()
    const { user, system } = process.cpuUsage(before)
    return user + system
  })
  return Math.min(...times)
}

test.each(files)('%s', (_title, count, read) => {
  const few = processorTime(() => read(count))
  // Quadratic time would be 64 times as much.
  expect(processorTime(() => read(8 * count)) / few).toBeLessThan(32)
})
