/** A real nginx takes each directive of our table in the same blocks, with as many words, once or several times. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { directives } from '../../src/nginx/modules/table.js'
import { settingsFromNginxConf } from '../../src/nginx/nginx-conf.js'
import type { Context } from '../../src/nginx/row.js'
import { require } from './parts/availability.js'
import { run } from './parts/program.js'

/** What another release of nginx than this one does as our table says. */
const sinceLater: Readonly<Record<string, readonly Context[]>> = {
  resolver: ['upstream'],
  resolver_timeout: ['upstream'],
}
const moreWordsLater: Readonly<Record<string, number>> = { keepalive: 2 }

const inBlock: Readonly<Record<Context, (line: string) => string>> = {
  main: line => `${line} events {} http {}`,
  events: line => `events { ${line} } http {}`,
  http: line => `events {} http { ${line} }`,
  upstream: line => `events {} http { upstream u { server 127.0.0.1:1; ${line} } }`,
  server: line => `events {} http { server { ${line} } }`,
  'server-if': line => `events {} http { server { if ($host) { ${line} } } }`,
  location: line => `events {} http { server { location / { ${line} } } }`,
  'location-if': line => `events {} http { server { location / { if ($host) { ${line} } } } }`,
}
const contexts = Object.keys(inBlock) as Context[]

// `include` reads files, and `server` stands in two kinds of blocks with two meanings.
const rows = [...directives.values()]
  .flat()
  .filter(({ name, decision }) => decision.kind !== 'refused' && !/^(include|server)$/.test(name))

const available = require('nginx')

describe.runIf(available)('nginx takes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'directives-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  async function saysOf(context: Context, line: string): Promise<string> {
    const file = join(folder, 'nginx.conf')
    writeFileSync(file, inBlock[context](line))
    const { output } = await run(['nginx', '-t', '-p', folder, '-c', file, '-e', 'stderr'])
    return output
  }

  it.each(rows)(
    '$name in $contexts where and with as many words as here',
    async ({ name, contexts: here, decision }) => {
      const [min = 0, max = 0] = 'words' in decision ? decision.words : []
      const line = (count: number) =>
        `${name}${' 1'.repeat(count)}${'block' in decision && decision.block === true ? ' {}' : ';'}`
      const elsewhere =
        directives.get(name)?.flatMap(row => row.contexts.filter(context => !here.includes(context))) ?? []
      const taken: Context[] = []
      for (const context of contexts) {
        const output = await saysOf(context, line(Math.max(1, min)))
        if (!/is not allowed here|unknown directive/.test(output)) taken.push(context)
      }
      // A module that this nginx was built without.
      if (taken.length === 0) return
      const wanted = here.filter(context => !sinceLater[name]?.includes(context))
      expect(taken.filter(context => !elsewhere.includes(context))).toEqual(
        contexts.filter(context => wanted.includes(context)),
      )

      const counts = [0, 1, 2, 3, 4, 5]
      const [context = 'http'] = wanted
      const right: number[] = []
      for (const count of counts) {
        if (!(await saysOf(context, line(count))).includes('invalid number of arguments')) right.push(count)
      }
      const most = moreWordsLater[name] === undefined ? max : moreWordsLater[name] - 1
      expect(right).toEqual(counts.filter(count => count >= min && count <= most))
    },
  )
})

const debian = '/etc/nginx/nginx.conf'

it.runIf(available && existsSync(debian))(
  "the gate takes Debian's /etc/nginx/nginx.conf with all that it includes",
  () => {
    const { listeners } = settingsFromNginxConf(debian)
    expect(listeners.map(({ host, port }) => `${host} ${port}`)).toEqual(['0.0.0.0 80', ':: 80'])
  },
)
