/** A file that changes while the program runs: every way to change it, and every way to spoil it. The clock is passed in. */
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Problem } from '../../../src/errors/problem.js'
import { loadUsers } from '../../../src/users/htpasswd/load.js'
import type { Users } from '../../../src/users/htpasswd/users.js'
import { createWatch, type UsersWatch, watchUsers } from '../../../src/users/htpasswd/watch.js'
import { asNobody } from './as-nobody.js'

let folder: string
let file: string
let watch: UsersWatch
let clock: number
let changes: string[]
let problems: Problem[]
let troubles: Problem[]

const names = (users: Users) => [...users.entries.keys()].join(' ')

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'htpasswd-'))
  file = join(folder, 'htpasswd')
  writeFileSync(file, 'amy:{PLAIN}a\n')
  clock = 0
  changes = []
  problems = []
  troubles = []
  await start()
})
afterEach(() => {
  watch.close()
  rmSync(folder, { recursive: true })
})

async function start(): Promise<void> {
  const onChange = (users: Users, found: readonly Problem[]) => {
    changes.push(names(users))
    problems = [...found]
  }
  const onError = (problem: Problem) => troubles.push(problem)
  watch = createWatch(file, onChange, { initial: await loadUsers(file, 'here'), now: () => clock, onError })
  await pass(1000)
}

/** Lets time pass, and the watch look as often as it wants to. */
async function pass(ms: number): Promise<void> {
  const end = clock + ms
  while (clock < end) clock = Math.min(end, clock + (await watch.poll()))
  await watch.poll()
}

describe('an unchanged file', () => {
  it('is looked at every 200 ms and changes nothing', async () => {
    expect(await watch.poll()).toBe(200)
    expect(changes).toEqual([])
    expect(names(watch.current())).toBe('amy')
  })
})

describe('a change is in force within 500 ms', () => {
  const text = 'amy:{PLAIN}a\nbob:{PLAIN}b\n'
  it.each<[string, () => void]>([
    ['in place', () => writeFileSync(file, text)],
    ['without an end of the last line', () => writeFileSync(file, text.trimEnd())],
    [
      'by rename',
      () => {
        writeFileSync(`${file}.new`, text)
        renameSync(`${file}.new`, file)
      },
    ],
    [
      'by removal and a new file',
      () => {
        rmSync(file)
        writeFileSync(file, text)
      },
    ],
    [
      'by a link in its place',
      () => {
        writeFileSync(join(folder, 'other'), text)
        rmSync(file)
        symlinkSync('other', file)
      },
    ],
  ])('%s', async (_, change) => {
    change()
    await pass(500)
    expect(changes).toEqual(['amy bob'])
    expect(names(watch.current())).toBe('amy bob')
  })

  it('by the swap of a folder link, as Kubernetes updates a secret', async () => {
    const version = (name: string, content: string) => {
      mkdirSync(join(folder, name))
      writeFileSync(join(folder, name, 'htpasswd'), content)
      symlinkSync(name, join(folder, `${name}.link`))
      renameSync(join(folder, `${name}.link`), join(folder, '..data'))
    }
    version('..1', 'amy:{PLAIN}a\n')
    rmSync(file)
    symlinkSync('..data/htpasswd', file)
    await pass(500)
    expect(changes).toEqual([])
    version('..2', text)
    await pass(500)
    expect(changes).toEqual(['amy bob'])
  })

  it('of a password alone', async () => {
    writeFileSync(file, 'amy:{PLAIN}b\n')
    await pass(500)
    expect(changes).toEqual(['amy'])
    expect(watch.current().entries.get('amy')?.hash).toBe('{PLAIN}b')
  })

  it('between the first reading and the first look', async () => {
    const initial = await loadUsers(file, 'here')
    writeFileSync(file, text)
    watch = createWatch(file, users => changes.push(names(users)), { initial, now: () => clock })
    await pass(500)
    expect(changes).toEqual(['amy bob'])
  })

  it('of lines that cannot be used: they are reported', async () => {
    writeFileSync(file, 'amy:{PLAIN}a\nbob:b\n')
    await pass(500)
    expect(changes).toEqual(['amy'])
    expect(problems.map(({ where }) => where)).toEqual([`${file}:2`])
  })

  it('but not of comments and order', async () => {
    writeFileSync(file, '# only her\namy:{PLAIN}a\n')
    await pass(500)
    expect(changes).toEqual([])
  })
})

describe('a file that is being written', () => {
  it('is not read between its parts, however it looks in between', async () => {
    for (const part of ['', 'amy:{PLA', 'amy:{PLAIN}a\n', 'amy:{PLAIN}a\nbob:{PLAIN', 'amy:{PLAIN}a\nbob:{PLAIN}b\n']) {
      writeFileSync(file, part)
      await pass(200)
      expect(names(watch.current())).toBe('amy')
    }
    await pass(300)
    expect(changes).toEqual(['amy bob'])
  })

  it('is the truth when it stays as it is, even if empty', async () => {
    truncateSync(file)
    await pass(299)
    expect(changes).toEqual([])
    await pass(201)
    expect(changes).toEqual([''])
    expect(watch.current().entries.size).toBe(0)
  })
})

describe('a file that is cut in its last line', () => {
  const hashOf = (letter: string) => `$2y$05$${letter.repeat(53)}`
  const [amy, bob, cat] = [`amy:${hashOf('a')}`, `bob:${hashOf('b')}`, `cat:${hashOf('c')}`]
  const whole = `${amy}\n${bob}\n${cat}\n`
  const minute = 60_000
  beforeEach(async () => {
    watch.close()
    writeFileSync(file, whole)
    changes = []
    await start()
  })
  const inForce = () => [...watch.current().entries.values()].map(({ name, hash }) => `${name}:${hash}`).sort()
  const cuts: readonly (readonly [string, string])[] = [
    ['in a hash', `${amy}\nbob:${hashOf('b').slice(0, 40)}`],
    ['behind the colon', `${amy}\nbob:`],
    ['in a name', `${amy}\nbo`],
    ['in the first line', amy.slice(0, 20)],
    ['in the last line', `${amy}\n${bob}\n${cat.slice(0, -1)}`],
    ['with the line ends of Windows', `${amy}\r\n${bob}\r\ncat:$2y$`],
  ]

  it.each(cuts)(
    '%s: everybody known can still log in, it is said once, and after a minute it is the truth',
    async (_, text) => {
      writeFileSync(file, text)
      await pass(5_000)
      expect(inForce()).toEqual([amy, bob, cat])
      expect(changes).toEqual([])
      expect(troubles.map(({ message }) => message)).toEqual([expect.stringContaining('is cut in its last line')])
      await pass(minute - 5_500)
      expect(inForce()).toEqual([amy, bob, cat])
      await pass(1_000)
      expect(inForce()).toEqual([amy, bob].filter(line => text.includes(line)))
      expect(changes).toHaveLength(1)
      expect(problems).toHaveLength(1)
      expect(troubles).toHaveLength(1)
    },
  )

  it('written again with the same content, it counts a minute after the first time', async () => {
    const text = `${amy}\nbob:`
    writeFileSync(file, text)
    await pass(30_000)
    writeFileSync(file, text)
    await pass(25_000)
    expect(inForce()).toEqual([amy, bob, cat])
    await pass(6_000)
    expect(inForce()).toEqual([amy])
  })

  it.each(cuts)('%s: whole again within the minute, it is in force within 500 ms', async (_, text) => {
    writeFileSync(file, text)
    await pass(30_000)
    writeFileSync(file, `${amy}\n`)
    await pass(500)
    expect(inForce()).toEqual([amy])
    await pass(2 * minute)
    expect(inForce()).toEqual([amy])
  })

  it('what is whole in it counts at once: a new user, and a new password', async () => {
    writeFileSync(file, `amy:${hashOf('z')}\ndan:${hashOf('d')}\nbob:$2y$05$b`)
    await pass(500)
    expect(inForce()).toEqual([`amy:${hashOf('z')}`, bob, cat, `dan:${hashOf('d')}`])
    expect(changes).toHaveLength(1)
  })

  it('and grows slowly: the minute begins anew with each part, and those of the whole file stay', async () => {
    for (const length of [100, 110, 120, 140]) {
      writeFileSync(file, whole.slice(0, length))
      await pass(50_000)
      expect(inForce(), `${length} bytes`).toEqual([amy, bob, cat])
    }
    expect(troubles).toHaveLength(1)
    writeFileSync(file, whole)
    await pass(500)
    expect(changes).toEqual([])
  })

  it.each([
    ['a password in the clear', '{PLAIN}secret', '{PLAIN}sec'],
    [
      'a salted hash',
      `{SSHA}${Buffer.alloc(29, 7).toString('base64')}`,
      `{SSHA}${Buffer.alloc(29, 7).toString('base64').slice(0, -4)}`,
    ],
  ])('where a shorter one could be used as well: %s', async (_, former, cut) => {
    writeFileSync(file, `${amy}\nbob:${former}\n`)
    await pass(500)
    writeFileSync(file, `${amy}\nbob:${cut}`)
    await pass(5_000)
    expect(inForce()).toEqual([amy, `bob:${former}`])
    await pass(minute)
    expect(inForce()).toEqual([amy, `bob:${cut}`])
  })

  it.each([
    ['its last line is whole without an end', `${amy}\n${bob}`],
    ['its last line is whole and has a comment that is cut', `${amy}\n${bob}:Bob Ne`],
    ['it ends with a comment', `${amy}\n${bob}\n# the othe`],
    ['it ends with blanks', `${amy}\n${bob}\n   `],
    ['the broken line has an end', `${amy}\n${bob}\ncat:$2y$05$c\n`],
    ['the broken line is another one', `cat:$2y$05$c\n${amy}\n${bob}`],
    ['the broken hash has an end', `${amy}\n${bob}\ncat:M5D2ih4JCTWnE:Cat`],
  ])('is not what it is where %s: users who are gone are gone within 500 ms', async (_, text) => {
    writeFileSync(file, text)
    await pass(500)
    expect(inForce()).toEqual([amy, bob])
    expect(troubles).toEqual([])
  })

  it('is not what it is where the last line was the same before: users who are gone are gone within 500 ms', async () => {
    writeFileSync(file, `${amy}\n${bob}\nold:M5D2ih4JCTWnE`)
    await pass(2 * minute)
    expect(inForce()).toEqual([amy, bob])
    writeFileSync(file, `${amy}\nold:M5D2ih4JCTWnE`)
    await pass(500)
    expect(inForce()).toEqual([amy])
    expect(troubles).toHaveLength(1)
  })
})

describe('a file that cannot be read', () => {
  it.each<[string, () => void, string]>([
    ['missing', () => rmSync(file), 'does not exist'],
    [
      'a link to nothing',
      () => {
        rmSync(file)
        symlinkSync('nothing', file)
      },
      'is a link to something that does not exist',
    ],
    [
      'a folder',
      () => {
        rmSync(file)
        mkdirSync(file)
      },
      'is a folder',
    ],
  ])('%s: the last good list stays, it is said once, and the file may come back', async (_, spoil, trouble) => {
    spoil()
    await pass(5000)
    expect(names(watch.current())).toBe('amy')
    expect(changes).toEqual([])
    expect(troubles.map(({ message }) => message)).toEqual([`the users file ${trouble}`])
    rmSync(file, { recursive: true, force: true })
    writeFileSync(file, 'bob:{PLAIN}b\n')
    await pass(500)
    expect(changes).toEqual(['bob'])
    expect(troubles).toHaveLength(1)
  })
})

it('a file that may not be read: the last good list stays, it is said once, and it may become readable', async () => {
  writeFileSync(file, 'bob:{PLAIN}b\n')
  chmodSync(file, 0)
  await asNobody(folder, () => pass(5000))
  expect(changes).toEqual([])
  expect(troubles.map(({ message }) => message)).toEqual(['the users file may not be read by this process'])
  chmodSync(file, 0o644)
  await asNobody(folder, () => pass(500))
  expect(changes).toEqual(['bob'])
})

describe('the timer', () => {
  it('sees a change by itself', async () => {
    const initial = await loadUsers(file, 'here')
    const seen = new Promise<Users>(resolve => {
      watch = watchUsers(file, resolve, { initial, intervalMs: 5, settleMs: 10 })
    })
    writeFileSync(file, 'bob:{PLAIN}b\n')
    expect(names(await seen)).toBe('bob')
    expect(names(watch.current())).toBe('bob')
  })

  it('is over after close', async () => {
    watch.close()
    writeFileSync(file, 'bob:{PLAIN}b\n')
    await pass(1000)
    expect(changes).toEqual([])
  })
})
