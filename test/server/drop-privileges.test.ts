/** Whom workers become, and that none of them serves as anybody else. */
import { describe, expect, test } from 'vitest'
import { ProblemsFound } from '../../src/errors/problem.js'
import { confirmAccount, confirmEnvironment, type Identity, workerAccount } from '../../src/server/drop-privileges.js'

const passwd = `root:x:0:0:root:/root:/bin/bash
node:x:1000:1001::/home/node:/bin/bash
broken line
`

const accountOf = (said: string | undefined, uid: number | undefined) =>
  workerAccount({ said, uid, passwd: () => passwd })

describe('workers of root become', () => {
  test.each([
    ['node', { uid: 1000, gid: 1001 }],
    [' node ', { uid: 1000, gid: 1001 }],
    ['1000', { uid: 1000, gid: 1001 }],
    ['1000:7', { uid: 1000, gid: 7 }],
    ['65534:65534', { uid: 65534, gid: 65534 }],
    ['root', null],
    ['0', null],
    ['0:0', null],
    ['', null],
    [undefined, null],
  ])('PORTCULLIS_WORKER_USER=%s: %o', (said, account) => {
    expect(accountOf(said, 0)).toEqual(account)
  })

  test.each(['nobody-here', '4711', 'node:node', '-1', 'node:', '1000:', '99999999999:1', 'broken line'])(
    'PORTCULLIS_WORKER_USER=%s: nobody, and the start fails',
    said => {
      expect(() => accountOf(said, 0)).toThrow(ProblemsFound)
      expect(() => accountOf(said, 0)).toThrow(`PORTCULLIS_WORKER_USER: there is no user "${said}" in /etc/passwd`)
    },
  )
})

test.each([1000, 1, undefined])('user %s cannot become anybody, and is not asked to', uid => {
  expect(accountOf('node', uid)).toBeNull()
  expect(accountOf('nobody-here', uid)).toBeNull()
})

describe('a worker serves only', () => {
  const identity = (env: NodeJS.ProcessEnv, own: Partial<Record<'uid' | 'euid' | 'gid' | 'egid', number>> = {}) => {
    const { uid, euid, gid, egid } = { uid: 1000, euid: 1000, gid: 1001, egid: 1001, ...own }
    return {
      env,
      getuid: () => uid,
      geteuid: () => euid,
      getgid: () => gid,
      getegid: () => egid,
      getgroups: () => [1001],
    } satisfies Identity
  }
  const node = confirmEnvironment({ uid: 1000, gid: 1001 })

  test('as whom it was meant to be', () => {
    expect(() => confirmAccount(identity({ ...node }))).not.toThrow()
  })

  test.each([
    ['uid', { uid: 0 }],
    ['effective uid', { euid: 0 }],
    ['gid', { gid: 0 }],
    ['effective gid', { egid: 0 }],
  ])('with that %s', (_, own) => {
    expect(() => confirmAccount(identity({ ...node }, own))).toThrow('a worker should run as 1000:1001')
  })

  test('without further groups', () => {
    const inGroups = { ...identity({ ...node }), getgroups: () => [1001, 0] }
    expect(() => confirmAccount(inGroups)).toThrow('with groups 1001,1001,1001,0')
  })

  test('as anybody where nothing was said', () => {
    expect(() => confirmAccount(identity({ ...confirmEnvironment(null) }, { uid: 0, gid: 0 }))).not.toThrow()
  })
})
