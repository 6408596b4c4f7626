/** Rules that can never apply, and those that look like it and can. */
import { describe, expect, it } from 'vitest'
import { findDeadRules } from '../../src/access/dead-rules.js'
import type { Policy } from '../../src/access/model.js'
import { policyOfData } from '../settings/read-yaml-text.js'

const users = { names: new Set(['tea', 'ci', 'ann']), file: 'auth/htpasswd' }

/** Each rule is named by its number. */
const policyOf = (access: readonly unknown[], groups = {}): Policy =>
  policyOfData(access, groups, index => `rule ${index + 1}`)

const told = (policy: Policy, known: typeof users | null = users) =>
  findDeadRules(policy, known).map(({ where, message, hint }) => `${where}: ${message}; ${hint}`)

describe('a rule', () => {
  it.each([
    [
      'for a user who is not there',
      [{ who: ['ci', 'bob'], repositories: '**', may: 'pull' }],
      ['rule 1: there is no user "bob" in auth/htpasswd; add the user, or take the name out of the rule'],
    ],
    [
      'for a group without the word group',
      [{ who: 'admins', repositories: '**', may: 'pull' }],
      ['rule 1: there is no user "admins" in auth/htpasswd; did you mean group:admins?'],
    ],
    [
      'for a group with nobody in it',
      [{ who: 'group:ghosts', repositories: '**', may: 'pull' }],
      [
        'rule 1: group ghosts has no user that is in auth/htpasswd: "casper", "slimer"; add them, or take them out of the group',
      ],
    ],
    [
      'for a group of which one is missing',
      [{ who: 'group:team', repositories: '**', may: 'pull' }],
      ['rule 1: group team has users that are not in auth/htpasswd: "bob"; add them, or take them out of the group'],
    ],
    [
      'that another one denies as a whole',
      [
        { who: ['ci', 'group:admins'], repositories: ['team/a', 'team/b-*'], may: ['pull', 'push'] },
        { who: 'users', repositories: 'team/**', deny: 'push' },
        { who: 'anonymous', repositories: 'team/*', deny: 'pull' },
      ],
      [
        'rule 1: this rule has no effect: all of it is denied by rule 3 and rule 2; take one of them out: what is denied stays denied, in any order',
      ],
    ],
    [
      'that lets push and not pull',
      [
        { who: ['ci', 'ann'], repositories: ['team/**'], may: ['push', 'delete'] },
        { who: 'tea', repositories: '**', may: 'pull' },
        { who: 'users', repositories: 'base/**', may: 'pull' },
        { who: 'ci', repositories: 'team/**', deny: 'pull' },
      ],
      [
        'rule 1: this rule allows no push: a push needs pull as well, and no rule allows pull here; add pull to it: may: [pull, push, delete]',
      ],
    ],
  ])('%s', (_, access, expected) => {
    expect(told(policyOf(access, { admins: 'tea', ghosts: ['casper', 'slimer'], team: ['ann', 'bob'] }))).toEqual(
      expected,
    )
  })

  it.each([
    [
      'that is denied for another user',
      [
        { who: 'ci', repositories: 'a', may: 'pull' },
        { who: 'ann', repositories: 'a', deny: 'pull' },
      ],
    ],
    [
      'that is denied for a part of its names',
      [
        { who: 'ci', repositories: 'team/**', may: 'pull' },
        { who: 'ci', repositories: 'team/*', deny: 'pull' },
      ],
    ],
    [
      'that is denied for one of its actions',
      [
        { who: 'ci', repositories: 'a', may: ['pull', 'push'] },
        { who: 'ci', repositories: 'a', deny: 'push' },
      ],
    ],
    [
      'for anonymous that is denied to users',
      [
        { who: 'anonymous', repositories: 'a', may: 'pull' },
        { who: 'users', repositories: 'a', deny: 'pull' },
      ],
    ],
    [
      'for a group that is denied to one of it',
      [
        { who: 'group:admins', repositories: 'a', may: 'pull' },
        { who: 'ci', repositories: 'a', deny: 'pull' },
      ],
    ],
    [
      'that lets push where another one lets pull',
      [
        { who: 'ci', repositories: 'team/**', may: 'push' },
        { who: 'group:admins', repositories: 'team/app', may: 'pull' },
      ],
    ],
    [
      'that lets push where everybody may pull',
      [
        { who: 'ci', repositories: 'team/**', may: ['push', 'overwrite'] },
        { who: 'anonymous', repositories: '**', may: 'pull' },
      ],
    ],
    ['that only lets delete', [{ who: 'ci', repositories: 'team/**', may: 'delete' }]],
  ])('%s is well', (_, access) => {
    expect(told(policyOf(access, { admins: ['ci', 'tea'] }))).toEqual([])
  })

  it('may be for anybody as long as the users are not known', () => {
    expect(told(policyOf([{ who: 'bob', repositories: 'a', may: 'pull' }]), null)).toEqual([])
  })
})
