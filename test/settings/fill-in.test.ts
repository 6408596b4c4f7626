/** What a first start makes: what is missing, one by one, and only what nobody named. */
import { describe, expect, it } from 'vitest'
import { fillIn } from '../../src/settings/fill-in.js'
import type { OptionName } from '../../src/settings/options/table.js'
import { optionsFrom } from './read-yaml-text.js'

type Said = { readonly [Name in OptionName]?: string }

const backend: Said = { backend: 'http://registry:5000' }
const pair: Said = { cert: 'a.pem', key: 'a.key' }
const users: Said = { htpasswd: 'users' }

interface Row {
  readonly there: readonly string[]
  readonly said: Said
  /** The folder of a certificate that is made, and the users file that is made. */
  readonly makes: readonly [string | null, string | null]
  /** `where` of each problem. */
  readonly problems?: readonly string[]
}

const ownPair = ['certs/cert.pem', 'certs/key.pem']
const ownUsers = 'auth/htpasswd'

const rows: readonly Row[] = [
  { there: [], said: {}, makes: ['certs', ownUsers] },
  { there: ownPair, said: {}, makes: [null, ownUsers] },
  { there: [ownUsers], said: {}, makes: ['certs', null] },
  { there: [...ownPair, ownUsers], said: {}, makes: [null, null] },
  { there: [], said: { certs: 'tls' }, makes: ['tls', ownUsers] },
  // What was named is never made, whether it is there or not.
  { there: [], said: pair, makes: [null, ownUsers] },
  { there: [], said: users, makes: ['certs', null] },
  { there: [], said: { ...pair, ...users }, makes: [null, null] },
  // Half a pair is somebody's, and nothing is put beside it.
  { there: ['certs/cert.pem'], said: {}, makes: [null, ownUsers], problems: ['certs/key.pem'] },
  { there: ['certs/key.pem'], said: {}, makes: [null, ownUsers], problems: ['certs/cert.pem'] },
  // In front of a registry that is not ours, a user nobody asked for would be a hole.
  { there: [], said: backend, makes: ['certs', null], problems: ['--backend'] },
  { there: [ownUsers], said: backend, makes: ['certs', null] },
  { there: [], said: { ...backend, ...users }, makes: ['certs', null] },
]

describe('what is there, what was said, and what is made', () => {
  for (const { there, said, makes, problems = [] } of rows) {
    const words = Object.keys(said).map(name => `--${name}`)
    const title = `${there.join(', ') || 'nothing'}; ${words.join(' ') || 'nothing'}: ${makes.filter(Boolean).join(', ') || 'nothing'}`
    it(title, () => {
      const disk = { exists: (path: string) => there.includes(path), notWritableReason: () => null }
      const filled = fillIn(optionsFrom(said).options, disk)
      expect([filled.plan.missing.certificateIn, filled.plan.missing.usersFile]).toEqual(makes)
      expect(filled.problems.map(problem => problem.where)).toEqual(problems)
    })
  }
})

describe('a folder that cannot be written to', () => {
  const refused = (said: Said, there: readonly string[]) => {
    const disk = {
      exists: (path: string) => there.includes(path),
      notWritableReason: (folder: string) => `${folder}!`,
    }
    return fillIn(optionsFrom(said).options, disk).problems.map(({ where, message }) => `${where}: ${message}`)
  }
  it('is told where something would be made in it', () => {
    expect(refused({}, [])).toEqual(['certs: certs!', 'auth/htpasswd: auth!', 'data: data!'])
    expect(refused({ data: '/srv' }, [...ownPair, ownUsers])).toEqual(['--data: /srv!'])
  })
  it('is nobody’s concern where nothing is', () => {
    expect(refused({ ...backend, ...users }, ownPair)).toEqual([])
  })
})
