/** `access:` and `groups:` of portcullis.yaml to a policy; every mistake at its line. */
import { z } from 'zod'
import { type AccessAction, accessActions, type Policy, type Rule, type Who } from '../access/model.js'
import { faultOfPattern } from '../access/pattern.js'
import type { Problem } from '../errors/problem.js'
import { nearest } from '../nginx/language/nearest.js'

const text = z.string({ error: 'must be a text, in quotes if it looks like a number' }).min(1, 'must not be empty')
/** One text, or several in a list. */
const texts = (example: string) =>
  z.union([text, z.array(text).min(1, 'must not be an empty list')], {
    error: ({ input }) => {
      const hasNumber = [input].flat().some(each => typeof each === 'number')
      return `must be a text or a list${hasNumber ? ', and what looks like a number stands in quotes' : ''}: ${example}`
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

/** The keys of a rule. */
export const ruleKeys: readonly string[] = Object.keys(rule.shape)

/** The shape of the two keys; what they say is judged by `policyFromYaml`. */
export const accessShape = {
  access: z
    .array(rule, { error: 'must be a list of rules, each behind a hyphen' })
    .min(1, 'has no rule: without the key, every user may do everything')
    .optional(),
  groups: z.record(z.string(), texts('[tea, ci]'), { error: 'must be written as { NAME: [USER, USER] }' }).optional(),
}

/** The place of a key or an item, as `file:line`. */
type PlaceOf = (...path: readonly (string | number)[]) => string

interface Reading {
  readonly groups: ReadonlyMap<string, readonly string[]>
  readonly placeOf: PlaceOf
  readonly problems: Problem[]
}

/**
 * @param content the whole file as plain data; parts of a wrong shape are passed over, because they are told already
 * @returns policy: null where the file has no rules
 */
export function policyFromYaml(
  content: unknown,
  placeOf: PlaceOf,
): { readonly policy: Policy | null; readonly problems: readonly Problem[] } {
  const reading: Reading = { groups: groupsOf(content), placeOf, problems: [] }
  for (const [name, members] of reading.groups) judgeGroup(name, members, reading)
  const written = entriesOf(content, 'access').flatMap(([index, value]) => {
    const parsed = rule.safeParse(value)
    return parsed.success ? [{ ...parsed.data, index: Number(index) }] : []
  })
  const rules = written.map(each => readRule(each, reading))
  const policy = entriesOf(content, 'access').length === 0 ? null : { rules, groups: reading.groups }
  return { policy, problems: reading.problems }
}

function groupsOf(content: unknown): ReadonlyMap<string, readonly string[]> {
  const sound = entriesOf(content, 'groups').flatMap(([name, value]): [string, string[]][] => {
    const parsed = texts('').safeParse(value)
    return parsed.success ? [[name, listOf(parsed.data)]] : []
  })
  return new Map(sound)
}

function entriesOf(content: unknown, key: string): [string, unknown][] {
  const value: unknown = typeof content === 'object' && content !== null ? Reflect.get(content, key) : undefined
  return typeof value === 'object' && value !== null ? Object.entries(value) : []
}

const listOf = (value: string | readonly string[]) => (typeof value === 'string' ? [value] : [...value])

function judgeGroup(name: string, members: readonly string[], { placeOf, problems }: Reading): void {
  for (const [index, member] of members.entries()) {
    if (!member.startsWith('group:') && !isReserved(member)) continue
    problems.push({
      where: placeOf('groups', name, index),
      message: `"${member}" is no user, and a group is made of users`,
      hint: 'name its users one by one, or name it beside the group: who: [group:a, group:b]',
    })
  }
}

type WrittenRule = z.infer<typeof rule> & { readonly index: number }

function readRule({ index, who, repositories, may, deny }: WrittenRule, reading: Reading): Rule {
  const { placeOf, problems } = reading
  const where = placeOf('access', index)
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
    const fault = faultOfPattern(pattern)
    if (fault !== null)
      problems.push({
        where: placeOf('access', index, 'repositories', item),
        message: `"${pattern}" ${fault.message}`,
        hint: fault.hint,
      })
  }
  return {
    who: listOf(who).map((name, item) => readWho(name, placeOf('access', index, 'who', item), reading)),
    repositories: patterns,
    effect,
    actions: listOf(may ?? deny ?? []).flatMap(
      (name, item) => readAction(name, placeOf('access', index, effect, item), problems) ?? [],
    ),
    where,
  }
}

const isReserved = (name: string): name is 'anonymous' | 'users' => name === 'anonymous' || name === 'users'

function readWho(text: string, where: string, { groups, problems }: Reading): Who {
  if (isReserved(text)) return { kind: text }
  if (!text.startsWith('group:')) {
    if (/[*:]/.test(text))
      problems.push({
        where,
        message: `"${text}" is no user`,
        hint: 'write a name, group:NAME, users for everybody who has logged in, or anonymous for everybody',
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

/** What people call the four actions elsewhere. */
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
