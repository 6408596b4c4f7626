/** A folder with a JSON file per record: what counts, what is named as broken, and that every change is noticed. */
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Problem } from '../../src/errors/problem.js'
import { createRecordReader, type RecordFolder } from '../../src/files/record-folder.js'
import { type RecordsWatch, watchRecords } from '../../src/files/watch-records.js'
import { asNobody } from '../users/htpasswd/as-nobody.js'

let folder: string
let place: RecordFolder<string>
let watch: RecordsWatch<string> | undefined
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcullis-records-'))
  place = {
    folder,
    parse: (id, json) => (typeof json === 'string' ? { record: `${id} ${json}` } : { wrong: 'is no text' }),
    hint: 'mend it',
  }
})
afterEach(() => {
  watch?.close()
  watch = undefined
  rmSync(folder, { recursive: true, force: true })
})

/** As programs do it that write a file whole. */
function put(name: string, content: unknown): void {
  const draft = join(folder, `.${name}`)
  writeFileSync(draft, typeof content === 'string' ? content : JSON.stringify(content))
  renameSync(draft, join(folder, name))
}

describe('reading', () => {
  test('a folder that is not there holds nothing', async () => {
    const { records, problems } = await createRecordReader({ ...place, folder: join(folder, 'none') }).read('files')
    expect([records.size, problems.length]).toEqual([0, 0])
  })

  test('a broken file is named, and the others count', async () => {
    put('a.json', '"one"')
    put('b.json', '{ "half')
    put('c.json', '7')
    put('d.json', `"${'x'.repeat(70_000)}"`)
    put('e.json', '"five"')
    mkdirSync(join(folder, 'f.json'))
    execFileSync('mkfifo', [join(folder, 'i.json')])
    put('notes.txt', 'nothing')
    put('.g.json.swp', 'nothing')
    put('UPPER.json', '"nothing"')
    symlinkSync('nowhere', join(folder, 'h.json'))
    const { records, problems } = await createRecordReader(place).read('files')
    expect([...records]).toEqual([
      ['a', 'a one'],
      ['e', 'e five'],
    ])
    expect(problems).toEqual(
      [
        ['b', 'is no JSON'],
        ['c', 'is no text'],
        ['d', 'is too large to be such a file'],
        ['f', 'is a folder'],
        ['i', 'is no regular file'],
      ].map(([id, message]) => ({ where: join(folder, `${id}.json`), message, hint: 'mend it' })),
    )
  })

  test('a file that looks as before is not read again', async () => {
    const parse = vi.fn(place.parse)
    const reader = createRecordReader({ ...place, parse })
    put('a.json', '"one"')
    put('b.json', '"two"')
    await reader.read('files')
    put('b.json', '"three"')
    expect([...(await reader.read('files')).records.values()]).toEqual(['a one', 'b three'])
    expect(parse.mock.calls.map(([id]) => id)).toEqual(['a', 'b', 'b'])
  })

  test('a look at names sees what came and what went, and nothing else', async () => {
    const reader = createRecordReader(place)
    for (const id of ['a', 'b']) put(`${id}.json`, '"one"')
    await reader.read('names')
    put('b.json', '"two"')
    put('c.json', '"three"')
    unlinkSync(join(folder, 'a.json'))
    expect([...(await reader.read('names')).records.values()]).toEqual(['b one', 'c three'])
    expect([...(await reader.read('files')).records.values()]).toEqual(['b two', 'c three'])
  })

  test('a file that may not be read is named', async () => {
    put('a.json', '"one"')
    chmodSync(join(folder, 'a.json'), 0)
    const { problems } = await asNobody(folder, () => createRecordReader(place).read('files'))
    expect(problems).toMatchObject([{ message: 'may not be read by this process' }])
  })
})

const eventually = (condition: () => boolean) => vi.waitUntil(condition, { timeout: 10_000, interval: 5 })

describe('watching', () => {
  const told: string[][] = []
  let troubles: (readonly Problem[])[] = []
  async function start(): Promise<void> {
    told.length = 0
    troubles = []
    watch = await watchRecords(place, {
      onChange: records => void told.push([...records.values()]),
      onProblems: problems => void troubles.push(problems),
      intervalMs: 5,
      thoroughMs: 20,
    })
  }
  const inForce = () => [...(watch?.current().values() ?? [])]

  test('what is there at the start is told first', async () => {
    put('a.json', '"one"')
    await start()
    expect(told).toEqual([['a one']])
    expect(inForce()).toEqual(['a one'])
  })

  test('files that come, change and go are noticed, and nothing is told twice', async () => {
    await start()
    put('a.json', '"one"')
    await eventually(() => told.length === 1)
    put('b.json', '"two"')
    await eventually(() => told.length === 2)
    put('a.json', '"three"')
    await eventually(() => told.length === 3)
    unlinkSync(join(folder, 'b.json'))
    await eventually(() => told.length === 4)
    await watch?.refresh()
    expect(told).toEqual([['a one'], ['a one', 'b two'], ['a three', 'b two'], ['a three']])
  })

  test('a file that is changed in place is noticed too, though its folder looks the same', async () => {
    put('a.json', '"one"')
    await start()
    writeFileSync(join(folder, 'a.json'), '"two"')
    await eventually(() => inForce()[0] === 'a two')
  })

  test('in a storm of changes the last word counts', async () => {
    await start()
    for (let round = 0; round < 200; round += 1) put(`r${round % 7}.json`, JSON.stringify(String(round)))
    unlinkSync(join(folder, 'r0.json'))
    await eventually(() => inForce().length === 6 && inForce().includes('r3 199'))
  })

  test('a refresh is in force when it resolves', async () => {
    await start()
    put('a.json', '"one"')
    await watch?.refresh()
    expect(inForce()).toEqual(['a one'])
  })

  test('a folder that is made later, goes and comes back', async () => {
    rmSync(folder, { recursive: true })
    await start()
    mkdirSync(folder)
    put('a.json', '"one"')
    await eventually(() => inForce().length === 1)
    rmSync(folder, { recursive: true })
    await eventually(() => inForce().length === 0)
    mkdirSync(folder)
    put('a.json', '"one"')
    await eventually(() => inForce().length === 1)
    expect(troubles).toEqual([])
  })

  test('a broken file is told once, and so is its end', async () => {
    await start()
    put('a.json', 'broken')
    await eventually(() => troubles.length === 1)
    await watch?.refresh()
    put('a.json', '"one"')
    await eventually(() => troubles.length === 2)
    expect(troubles.map(each => each.map(({ message }) => message))).toEqual([['is no JSON'], []])
  })

  test('where the folder cannot be read, what was in force stays', async () => {
    put('a.json', '"one"')
    await start()
    rmSync(folder, { recursive: true })
    writeFileSync(folder, 'a file where the folder was')
    await eventually(() => troubles.length === 1)
    expect(inForce()).toEqual(['a one'])
    expect(troubles[0]).toMatchObject([{ where: folder, message: 'cannot be read (ENOTDIR)' }])
  })

  test('after its end nothing is told', async () => {
    await start()
    watch?.close()
    put('a.json', '"one"')
    await watch?.refresh()
    expect(told).toEqual([])
  })
})
