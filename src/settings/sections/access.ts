/** Parses `access:` and `groups:` of portcullis.yaml, and reports each mistake with its line. */
import { z } from 'zod'
import { type AccessAction, accessActions, type Rule, type Who } from '../../access/model.js'
import { patternError } from '../../access/pattern.js'
import type { Problem } from '../../errors/problem.js'
import { nearest } from '../../nginx/language/nearest.js'
import type { JsonSchema, PlaceOf, StructureType } from '../options/option.js'
import { issueProblems } from '../yaml-issues.js'

const text = z.string({ error: 'must be a text, in quotes if it looks like a number' }).min(1, 'must not be empty')
/** One text, or a list of texts. */
const texts = (example: string) =>
  z.union([text, z.array(text).min(1, 'must not be an empty list')], {
    error: ({ input }) => {
      const hasNumber = [input].flat().some(each => typeof each === 'number')
      return `must be a text or a list${hasNumber ? ', in quotes if it looks like a number' : ''}: ${example}`
    },
  })

const rule = z.strictObject(
  {
    who: texts('[ci, group:admins]'),
    repositories: texts('["team/**"]'),
    may: texts('[pull, push]').optional(),
    deny: texts('[push, delete]').optional(),
  },
  { error: 'must be written as { who: NAME, repositories: PATTERN, may: [pull] }' },
)

const rules = z
  .array(rule, { error: 'must be a list of rules, each behind a hyphen' })
  .min(1, 'has no rule: without the key, every user may do everything')
const groups = z.record(z.string(), texts('[tea, ci]'), { error: 'must be written as { NAME: [USER, USER] }' })

type Groups = ReadonlyMap<string, readonly string[]>

interface Reading {
  /** The groups that rules can name. */
  readonly groups: Groups
  readonly placeOf: PlaceOf
  readonly problems: Problem[]
}

const onlyInFiles = (_: string, where: string) => ({
  value: null,
  problems: [{ where, message: 'can be set in a file only' }],
})

/** Reports and skips parts of a wrong shape. */
export const groupsStructure: StructureType<Groups> = {
  kind: 'structure',
  placeholder: 'GROUPS',
  read(content, { name, placeOf }) {
    const shape = groups.safeParse(content, { reportInput: true })
    const problems = [...issueProblems(shape.error?.issues ?? [], name, [], placeOf)]
    const value = groupsOf(content)
    for (const [group, members] of value) judgeGroup(group, members, placeOf, problems)
    return { value, problems }
  },
  fromText: onlyInFiles,
  show: value => [...value].map(([name, members]) => `${name} (${members.join(', ')})`).join(', '),
  get schema() {
    return z.toJSONSchema(groups, { io: 'input', unrepresentable: 'any' }) as JsonSchema
  },
}

/** Reports and skips parts of a wrong shape. */
export const accessStructure: StructureType<readonly Rule[]> = {
  kind: 'structure',
  placeholder: 'RULES',
  read(content, { name, placeOf, root }) {
    const shape = rules.safeParse(content, { reportInput: true })
    const problems = [...issueProblems(shape.error?.issues ?? [], name, Object.keys(rule.shape), placeOf)]
    const named: unknown = typeof root === 'object' && root !== null ? Reflect.get(root, 'groups') : null
    const reading = { groups: groupsOf(named), placeOf, problems }
    const written = entriesOf(content).flatMap(([index, value]) => {
      const parsed = rule.safeParse(value)
      return parsed.success ? [{ ...parsed.data, index: Number(index) }] : []
    })
    return { value: written.map(each => readRule(each, reading)), problems }
  },
  fromText: onlyInFiles,
  show: value => `${value.length} ${value.length === 1 ? 'rule' : 'rules'}`,
  get schema() {
    return z.toJSONSchema(rules, { io: 'input', unrepresentable: 'any' }) as JsonSchema
  },
}

function groupsOf(content: unknown): Groups {
  const sound = entriesOf(content).flatMap(([name, value]): [string, string[]][] => {
    const parsed = texts('').safeParse(value)
    return parsed.success ? [[name, listOf(parsed.data)]] : []
  })
  return new Map(sound)
}

const entriesOf = (value: unknown): [string, unknown][] =>
  typeof value === 'object' && value !== null ? Object.entries(value) : []

const listOf = (value: string | readonly string[]) => (typeof value === 'string' ? [value] : [...value])

function judgeGroup(name: string, members: readonly string[], placeOf: PlaceOf, problems: Problem[]): void {
  for (const [index, member] of members.entries()) {
    if (!member.startsWith('group:') && !isReserved(member)) continue
    problems.push({
      where: placeOf(name, index),
      message: `"${member}" is no user, and a group is made of users`,
      hint: 'name its users one by one, or name it beside the group: who: [group:a, group:b]',
    })
  }
}

type WrittenRule = z.infer<typeof rule> & { readonly index: number }

function readRule({ index, who, repositories, may, deny }: WrittenRule, reading: Reading): Rule {
  const { placeOf, problems } = reading
  const where = placeOf(index)
  if (may !== undefined && deny !== undefined)
    problems.push({ where, message: 'the rule has both may and deny', hint: 'make two rules of it' })
  if (may === undefined && deny === undefined)
    problems.push({
      where,
      message: 'the rule says neither may nor deny',
      hint: `add may: [${accessActions.join(', ')}] or some of them`,
    })
  const effect = may === undefined ? 'deny' : 'may'
  const patterns = listOf(repositories)
  for (const [item, pattern] of patterns.entries()) {
    const error = patternError(pattern)
    if (error !== null)
      problems.push({
        where: placeOf(index, 'repositories', item),
        message: `"${pattern}" ${error.message}`,
        hint: error.hint,
      })
  }
  return {
    who: listOf(who).map((name, item) => readWho(name, placeOf(index, 'who', item), reading)),
    repositories: patterns,
    effect,
    actions: listOf(may ?? deny ?? []).flatMap(
      (name, item) => readAction(name, placeOf(index, effect, item), problems) ?? [],
    ),
    where,
  }
}

/** Words that are no names of users in rules. (decision A1) */
const isReserved = (name: string): name is 'anonymous' | 'users' => name === 'anonymous' || name === 'users'

function readWho(text: string, where: string, { groups, problems }: Reading): Who {
  if (isReserved(text)) return { kind: text }
  if (!text.startsWith('group:')) {
    if (/[*:]/.test(text))
      problems.push({
        where,
        message: `"${text}" is no user`,
        hint: 'write a name, group:NAME, users for all logged-in users, or anonymous for all clients',
      })
    return { kind: 'user', name: text }
  }
  const name = text.slice('group:'.length)
  if (!groups.has(name)) {
    const meant = nearest(name, groups.keys())
    problems.push({
      where,
      message: `there is no group "${name}"`,
      hint:
        meant === null ? `add it: groups: { ${name === '' ? 'NAME' : name}: [USER] }` : `did you mean group:${meant}?`,
    })
  }
  return { kind: 'group', name }
}

/** Names of the four actions in other products. */
const otherNames: ReadonlyMap<string, AccessAction> = new Map([
  ['read', 'pull'],
  ['get', 'pull'],
  ['write', 'push'],
  ['create', 'push'],
  ['update', 'overwrite'],
  ['remove', 'delete'],
])

function readAction(name: string, where: string, problems: Problem[]): AccessAction | null {
  const action = accessActions.find(known => known === name)
  if (action !== undefined) return action
  const meant = otherNames.get(name.toLowerCase()) ?? nearest(name.toLowerCase(), accessActions)
  problems.push({
    where,
    message: `"${name}" is no action`,
    hint: meant === null ? `the actions are: ${accessActions.join(', ')}` : `did you mean ${meant}?`,
  })
  return null
}
