/** Lists over thousands of entries: only what can be shown is read, and the event loop turns meanwhile. */
import { rmSync } from 'node:fs'
import { request } from 'node:http'
import { LRUCache } from 'lru-cache'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { compilePolicy } from '../../src/access/compile-policy.js'
import type { Rule } from '../../src/access/model.js'
import { visibleRepositories } from '../../src/access/visible-repositories.js'
import { noRules, type RegistryRules } from '../../src/registry-api/rules.js'
import { digestOf, ociManifestType, type ServedRegistry, serveRegistry } from './serve-registry.js'
import { rootInMemory, storeManifests, storeRepositories, storeTags } from './stored-by-hand.js'

/** The folders of repositories that are read, in order. */
const foldersRead: string[] = []
/** Links that are being read at this moment, and how many there were at most. */
const links = { reading: 0, most: 0, all: 0 }
vi.mock('node:fs/promises', async importOriginal => {
  const actual = await importOriginal<typeof import('node:fs/promises')>()
  const readdir = (path: string, options: never) => {
    foldersRead.push(path.replace(/^.*\/repositories\/?/, ''))
    return actual.readdir(path, options)
  }
  const readFile = async (path: string, options: never) => {
    links.all++
    links.most = Math.max(links.most, ++links.reading)
    try {
      return await actual.readFile(path, options)
    } finally {
      links.reading--
    }
  }
  return { ...actual, readdir, readFile }
})

/** Records in which turn of the event loop something is done; `maxInOne` is how often at most in the same one. */
function recordTurns() {
  const done = [0]
  const timer = setImmediate(function next() {
    if (done.at(-1) !== 0) done.push(0)
    if (!stopped) setImmediate(next)
  })
  let stopped = false
  return {
    record: () => void done.push((done.pop() ?? 0) + 1),
    stop() {
      stopped = true
      clearImmediate(timer)
      return { all: done.reduce((sum, each) => sum + each, 0), maxInOne: Math.max(...done) }
    },
  }
}

const slice = 256

const roots: string[] = []
const newRoot = () => {
  const root = rootInMemory()
  roots.push(root)
  return root
}
afterAll(() => {
  for (const root of roots) rmSync(root, { recursive: true, force: true })
})

describe('a catalog of 3,000 repositories', () => {
  const teams = Array.from({ length: 30 }, (_, team) => `team-${team}`)
  const names = teams.flatMap(team => Array.from({ length: 100 }, (_, app) => `${team}/app-${app}`)).sort()
  let registry: ServedRegistry
  beforeAll(async () => {
    registry = await serveRegistry({ root: newRoot() })
    storeRepositories(registry.root, names)
  })
  afterAll(() => registry.close())
  beforeEach(() => void foldersRead.splice(0))

  const rulesOf = (may: string, deny: string): RegistryRules => {
    const rule = (effect: Rule['effect'], patterns: string): Rule => {
      const who = [{ kind: 'users' } as const]
      return { who, repositories: patterns.split(' '), effect, actions: ['pull'], where: 'portcullis.yaml:1' }
    }
    const rules = [rule('may', may), ...(deny === '' ? [] : [rule('deny', deny)])]
    return { ...noRules, visible: visibleRepositories(compilePolicy({ rules, groups: new Map() }), 'tea') }
  }
  const shownTo = async (rules: RegistryRules, query: string) => {
    const served = await serveRegistry({ root: registry.root, rules })
    try {
      return JSON.parse((await served.call('GET', `/v2/_catalog${query}`)).text).repositories
    } finally {
      await served.close()
    }
  }

  test.each<[string, string, string, RegExp, number]>([
    ['one name', 'team-7/app-3', '', /^team-7\/app-3$/, 1],
    [
      'some names, not all of which are there',
      'team-7/app-3 team-8/app-4 team-9/none other/app',
      '',
      /^team-(7\/app-3|8\/app-4)$/,
      4,
    ],
    ['one team', 'team-7/**', '', /^team-7\//, 102],
    ['the teams of a pattern', 'team-2*/*', '', /^team-2/, 1 + 11 + 11 * 100],
    ['one repository of all teams', '*/app-7', '', /\/app-7$/, 1 + 30],
    ['all but most teams', '**', 'team-1*/** team-2*/** team-3/** team-4/** team-5/**', /^team-[06789]\//, 1 + 5 + 500],
    ['nothing', '**', '**', /^$/, 0],
  ])('%s: no other folders are read', async (_, may, deny, expected, most) => {
    const shown = names.filter(name => expected.test(name))
    expect(await shownTo(rulesOf(may, deny), '?n=1000')).toEqual(shown.slice(0, 1000))
    expect(foldersRead.length).toBeLessThanOrEqual(most)
    expect(new Set(foldersRead).size).toBe(foldersRead.length)
  })

  test('a later page does not read what is before it', async () => {
    const shown = await shownTo(rulesOf('**', ''), '?n=10&last=team-9/app-90')
    expect(shown).toEqual(names.filter(name => name > 'team-9/app-90').slice(0, 10))
    expect(foldersRead.length).toBeLessThanOrEqual(2 + 12)
  })

  test('names that are passed over without reading anything take turns with others', async () => {
    const flat = await serveRegistry({ root: newRoot() })
    storeRepositories(
      flat.root,
      Array.from({ length: 3_000 }, (_, index) => `repository-${index}`),
    )
    const turns = recordTurns()
    const visible = {
      shows: () => {
        turns.record()
        return false
      },
      below: (folder: string) => (folder === '' ? 'any' : new Set<string>()),
    } as const
    const served = await serveRegistry({ root: flat.root, rules: { ...noRules, visible } })
    await served.call('GET', '/v2/_catalog')
    const { all, maxInOne } = turns.stop()
    expect(all).toBe(3_000)
    expect(maxInOne).toBeLessThanOrEqual(slice)
    await served.close()
    await flat.close()
  })

  test('nothing is read any more for a client that has left', async () => {
    const shows = () => {
      asking.destroy()
      return true
    }
    const served = await serveRegistry({
      root: registry.root,
      rules: { ...noRules, visible: { ...noRules.visible, shows } },
    })
    const asking = request({ host: '127.0.0.1', port: served.port, path: '/v2/_catalog?n=1000', agent: false })
    const left = new Promise<void>(resolve => asking.on('error', () => {}).on('close', resolve))
    asking.end()
    await left
    await served.settled()
    expect(foldersRead.length).toBeLessThan(500)
    await served.close()
  })
})

describe('the referrers in a repository of 1,000 manifests', () => {
  let registry: ServedRegistry
  const subject = { mediaType: ociManifestType, digest: digestOf('the subject'), size: 11 }
  const manifest = (more: object) =>
    JSON.stringify({ schemaVersion: 2, mediaType: ociManifestType, config: subject, layers: [], ...more })
  let found: string[] = []
  beforeAll(async () => {
    registry = await serveRegistry({ root: newRoot() })
    storeManifests(
      registry.root,
      'team/app',
      Array.from({ length: 1_000 }, (_, number) => manifest({ annotations: { number: `${number}` } })),
    )
    found = storeManifests(registry.root, 'team/app', [
      manifest({ subject, annotations: { b: 'ä"', a: '' } }),
      manifest({ subject }),
    ]).sort()
  })
  afterAll(async () => {
    await registry.close()
  })

  test('are found, and manifests that are known take turns with others', async () => {
    const list = async () =>
      JSON.parse((await registry.call('GET', `/v2/team/app/referrers/${subject.digest}`)).text).manifests
    const cold = await list()
    expect(cold.map(({ digest }: { digest: string }) => digest)).toEqual(found)
    const turns = recordTurns()
    const peek = LRUCache.prototype.peek
    const looking = vi.spyOn(LRUCache.prototype, 'peek').mockImplementation(function (
      this: LRUCache<object, object>,
      ...asked
    ) {
      turns.record()
      return peek.apply(this, asked)
    })
    expect(await list()).toEqual(cold)
    looking.mockRestore()
    const { all, maxInOne } = turns.stop()
    expect(all).toBe(1_002)
    expect(maxInOne).toBeLessThanOrEqual(slice)
  })
})

describe('DELETE of a manifest by digest among 1,000 tags', () => {
  let registry: ServedRegistry
  const gone = ['1', '500', '999', 'latest']
  const [digest, other] = [digestOf('manifest'), digestOf('other')]
  beforeAll(async () => {
    registry = await serveRegistry({ root: newRoot() })
    const tags = Array.from({ length: 1_000 }, (_, index) => `${index}`).filter(tag => !gone.includes(tag))
    storeTags(registry.root, 'team/app', tags, other)
    storeManifests(registry.root, 'team/app', ['manifest', 'other'])
    storeTags(registry.root, 'team/app', gone, digest)
  })
  afterAll(() => registry.close())
  const list = async () => JSON.parse((await registry.call('GET', '/v2/team/app/tags/list')).text).tags

  test('takes those away that name it, and reads the links of 16 at a time', async () => {
    const before: string[] = await list()
    Object.assign(links, { most: 0 })
    expect((await registry.call('DELETE', `/v2/team/app/manifests/${digest}`)).status).toBe(202)
    expect(links.most).toBe(16)
    expect(await list()).toEqual(before.filter(tag => !gone.includes(tag)))
    expect((await registry.call('DELETE', `/v2/team/app/manifests/${digest}`)).status).toBe(404)
  })

  test('ends for a client that has left, and takes nothing away', async () => {
    const asking = request({
      host: '127.0.0.1',
      port: registry.port,
      method: 'DELETE',
      path: `/v2/team/app/manifests/${other}`,
    })
    const left = new Promise<void>(resolve => asking.on('error', () => {}).on('close', resolve))
    Object.assign(links, { all: 0 })
    asking.end()
    await vi.waitUntil(() => links.all > 20, { interval: 1 })
    asking.destroy()
    await left
    await registry.settled()
    expect(links.all).toBeLessThan(1_000)
    expect(await list()).toHaveLength(997)
  })
})
