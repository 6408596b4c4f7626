/** An htpasswd file that is cut in its last line, as a slow or broken copy leaves it: nobody is locked out, and removed users go at once. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { basic, type Gate, passwordOf, startGate } from './parts/gate.js'
import { eventually } from './parts/settle.js'
import { ask, untilEverywhere } from './parts/token-client.js'

let gate: Gate
let whole: string
beforeAll(async () => {
  gate = await startGate('embedded', { flags: ['--workers', '2'], others: ['bob', 'carol'] })
  whole = readFileSync(join(gate.folder, 'htpasswd'), 'utf8')
})
afterAll(() => gate?.stop())

const write = (text: string) => writeFileSync(join(gate.folder, 'htpasswd'), text)
const statusOf = async (name: string) =>
  (await ask(gate.port, 'GET', '/v2/', { authorization: basic(name, passwordOf(name)) })).status
/** Of both workers. */
const statuses = async (names: readonly string[]) => {
  const found = []
  for (const name of [...names, ...names]) found.push(await statusOf(name))
  return found
}
const untilStatus = (name: string, status: number) =>
  untilEverywhere(
    () => ask(gate.port, 'GET', '/v2/', { authorization: basic(name, passwordOf(name)) }),
    answer => answer.status === status,
  )
const count = (text: string) => gate.log().split(text).length - 1

beforeEach(async () => {
  write(whole)
  for (const name of ['alice', 'bob', 'carol']) await untilStatus(name, 200)
})

describe('a users file that is cut in its last line', () => {
  it('locks out neither whom the cut hits nor those behind it, and the log says so', async () => {
    const [alice = '', bob = ''] = whole.split('\n')
    const before = count('is cut in its last line')
    write(`${alice}\n${bob.slice(0, 30)}`)
    await eventually(
      () => gate.log(),
      () => count('is cut in its last line') > before,
    )
    expect(await statuses(['alice', 'bob', 'carol'])).toEqual([200, 200, 200, 200, 200, 200])
    const line = gate
      .log()
      .split('\n')
      .find(text => text.includes('is cut in its last line'))
    expect(JSON.parse(line ?? '')).toMatchObject({
      level: 'warn',
      where: join(gate.folder, 'htpasswd'),
      hint: expect.any(String),
    })
    expect(line).not.toContain('$2')
  })

  it('still does not after a SIGHUP', async () => {
    const [alice = '', bob = ''] = whole.split('\n')
    write(`${alice}\n${bob.slice(0, 30)}`)
    const before = count('the configuration was reloaded')
    process.kill(gate.pid, 'SIGHUP')
    await eventually(
      () => gate.log(),
      () => count('the configuration was reloaded') > before,
    )
    expect(await statuses(['alice', 'bob', 'carol'])).toEqual([200, 200, 200, 200, 200, 200])
  })

  it('is whole again: whoever is not in it is out within a second or two, and the others are in', async () => {
    const [alice = '', bob = '', carol = ''] = whole.split('\n')
    const before = count('is cut in its last line')
    write(`${alice}\n${bob.slice(0, 30)}`)
    await eventually(
      () => gate.log(),
      () => count('is cut in its last line') > before,
    )
    write(`${alice}\n${carol}\n`)
    await untilStatus('bob', 401)
    expect(await statuses(['alice', 'carol'])).toEqual([200, 200, 200, 200])
  })

  it('is not one that has lost a user and the end of its last line', async () => {
    const [alice = '', bob = ''] = whole.split('\n')
    write(`${alice}\n${bob}`)
    await untilStatus('carol', 401)
    expect(await statuses(['alice', 'bob'])).toEqual([200, 200, 200, 200])
  })
})
