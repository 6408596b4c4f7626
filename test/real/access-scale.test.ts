/** 3,000 repositories and 200 rules before a real registry: the catalog is complete for everybody, and what it costs is printed. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compilePolicy } from '../../src/access/compile-policy.js'
import { decide } from '../../src/access/decide.js'
import { call } from '../embedded-registry/serve-registry.js'
import { freePorts } from '../end-to-end/parts/free-ports.js'
import { authorization, basic, type Gate, passwordOf, startGate } from '../end-to-end/parts/gate.js'
import { ask } from '../end-to-end/parts/token-client.js'
import { readYamlText } from '../settings/read-yaml-text.js'
import { require } from './parts/availability.js'
import { Daemon } from './parts/program.js'

const here = require('docker-registry', 'portcullis')

/**
 * 100 teams with 30 repositories each, and some that registries put in different orders; intern sees the last two teams, and one repository
 * of the first.
 */
const repositories = [
  ...Array.from({ length: 2_994 }, (_, index) => {
    const team = String(Math.floor(index / 30)).padStart(3, '0')
    return `team-${team}/app-${String(index % 30).padStart(2, '0')}`
  }),
  'team',
  'team/app',
  'team.x/app',
  'team_x/app',
  'team-000',
  'team-000-x/app',
].sort()
const seenByIntern = repositories.filter(name => /^team-(098|099)\//.test(name) || name === 'team-000/app-07')
const yaml = [
  'access:',
  '  - { who: alice, repositories: "**", may: [pull, push, overwrite, delete] }',
  '  - { who: intern, repositories: ["team-098/**", "team-099/*", team-000/app-07], may: pull }',
  ...Array.from({ length: 99 }, (_, index) => {
    const team = String(index).padStart(3, '0')
    return `  - { who: [lead-${team}, intern], repositories: "team-${team}/private-*", deny: [push, overwrite] }`
  }),
  ...Array.from({ length: 99 }, (_, index) => {
    const team = String(index).padStart(3, '0')
    return `  - { who: users, repositories: ["shared-${team}/**", "**/public-${team}"], may: pull }`
  }),
].join('\n')

it('there are 200 rules', () => {
  const { access } = readYamlText(yaml, 'portcullis.yaml')
  expect(access?.rules).toHaveLength(200)
})

it('a decision among 200 rules', () => {
  const { access } = readYamlText(yaml, 'portcullis.yaml')
  if (access === null) throw new Error('no rules')
  const policy = compilePolicy(access)
  const microseconds = (names: readonly string[]) => {
    const rounds = Math.ceil(60_000 / names.length)
    const began = performance.now()
    let allowed = 0
    for (let round = 0; round < rounds; round++)
      for (const name of names) if (decide(policy, 'intern', name, 'pull').allowed) allowed++
    expect(allowed).toBe(rounds * names.filter(name => seenByIntern.includes(name)).length)
    return ((performance.now() - began) * 1_000) / (rounds * names.length)
  }
  microseconds(repositories)
  const [few, many] = [microseconds(repositories.slice(0, 30)), microseconds(repositories)]
  process.stdout.write(`a decision: ${few.toFixed(2)} µs with 30 repositories, ${many.toFixed(2)} µs with 3,000\n`)
})

describe.runIf(here)('the catalog of 3,000 repositories', () => {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-scale-'))
  let registry: Daemon
  let registryPort = 0
  const gates: { readonly name: string; readonly gate: Gate }[] = []

  beforeAll(async () => {
    const storage = join(folder, 'registry')
    for (const name of repositories)
      mkdirSync(join(storage, 'docker/registry/v2/repositories', name, '_layers'), { recursive: true })
    const [port = 0] = await freePorts(1)
    registryPort = port
    const config = join(folder, 'registry.yml')
    writeFileSync(
      config,
      `version: 0.1
log: { level: error }
storage: { filesystem: { rootdirectory: ${storage} } }
http: { addr: "127.0.0.1:${port}", secret: x }
`,
    )
    registry = Daemon.start(['docker-registry', 'serve', config], join(folder, 'registry.log'))
    await registry.until(() =>
      call(port, 'GET', '/v2/', {}).then(
        ({ status }) => status === 200,
        () => false,
      ),
    )
    const options = { yaml, others: ['intern'] }
    const backend = `http://127.0.0.1:${port}`
    gates.push({ name: 'docker-registry', gate: await startGate(backend, { ...options, flags: ['--workers', '2'] }) })
    const flags = ['--workers', '2', '--data', storage]
    gates.push({ name: 'embedded', gate: await startGate('embedded', { ...options, flags }) })
  })
  afterAll(async () => {
    for (const { gate } of gates) await gate.stop()
    await registry?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  /** All names, page by page, and how long that took. */
  async function walk(get: (target: string) => Promise<{ readonly text: string; readonly link: string }>, n: string) {
    const names: string[] = []
    const began = performance.now()
    let pages = 0
    for (let target = `/v2/_catalog${n}`; target !== ''; pages++) {
      const { text, link } = await get(target)
      names.push(...JSON.parse(text).repositories)
      target = /^<(.*)>; rel="next"$/.exec(link)?.[1] ?? ''
    }
    return { names, pages, milliseconds: Math.round(performance.now() - began) }
  }

  it.each(['', '?n=50', '?n=1000'])('_catalog%s', async n => {
    const direct = await walk(async target => {
      const { text, headers } = await call(registryPort, 'GET', target, {})
      return { text, link: String(headers.link ?? '') }
    }, n)
    expect(direct.names.toSorted()).toEqual(repositories)
    const told = [`past the gate ${direct.pages} pages in ${direct.milliseconds} ms`]
    for (const { name, gate } of gates) {
      const users = [
        ['alice', authorization, repositories],
        ['intern', basic('intern', passwordOf('intern')), seenByIntern],
      ] as const
      for (const [who, authorization, expected] of users) {
        const { names, pages, milliseconds } = await walk(async target => {
          const { body, headers } = await ask(gate.port, 'GET', target, { authorization })
          return { text: body, link: headers.get('link')?.[0] ?? '' }
        }, n)
        expect(names.toSorted()).toEqual(expected)
        told.push(`${name} ${who} ${pages} pages in ${milliseconds} ms`)
      }
    }
    process.stdout.write(`catalog${n}: ${told.join('; ')}\n`)
  })
})
