/** What rules in portcullis.yaml mean; what is said about mistakes in them stands in test/cases/mistakes/access.txt. */
import { describe, expect, it } from 'vitest'
import { readYamlText } from './read-yaml-text.js'

const read = (...lines: readonly string[]) => readYamlText(lines.join('\n'))

describe('rules', () => {
  it('name their place, and one text stands for a list of it', () => {
    const { access, problems } = read(
      'groups: { admins: tea, team: [ann, bob] }',
      'access:',
      '  - { who: anonymous, repositories: "base/**", may: pull }',
      '  - who: [ci, users, group:team]',
      '    repositories: ["team/*", team]',
      '    deny: [push, overwrite, delete]',
    )
    expect(problems).toEqual([])
    expect(access).toEqual({
      groups: new Map([
        ['admins', ['tea']],
        ['team', ['ann', 'bob']],
      ]),
      rules: [
        {
          who: [{ kind: 'anonymous' }],
          repositories: ['base/**'],
          effect: 'may',
          actions: ['pull'],
          where: 'portcullis.yaml:3',
        },
        {
          who: [{ kind: 'user', name: 'ci' }, { kind: 'users' }, { kind: 'group', name: 'team' }],
          repositories: ['team/*', 'team'],
          effect: 'deny',
          actions: ['push', 'overwrite', 'delete'],
          where: 'portcullis.yaml:4',
        },
      ],
    })
  })

  it('are none where the file has none', () => {
    expect(read('listen: 5000').access).toBeNull()
    expect(read('groups: { admins: [tea] }')).toMatchObject({ access: null, problems: [] })
  })

  it('may hold for a group and a user of strange names', () => {
    const { access, problems } = read(
      'groups: { __proto__: [tea], "two words": [o\'neil] }',
      'access: [{ who: [constructor, "group:two words", "group:__proto__"], repositories: "**", may: pull }]',
    )
    expect(problems).toEqual([])
    expect(access?.rules[0]?.who.map(who => 'name' in who && who.name)).toEqual([
      'constructor',
      'two words',
      '__proto__',
    ])
    expect([...(access?.groups.keys() ?? [])]).toEqual(['__proto__', 'two words'])
  })
})
