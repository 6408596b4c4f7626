/** What a text in the language of portcullis.yaml says, through the same steps as a file. */
import type { Policy } from '../../src/access/model.js'
import type { Problem } from '../../src/errors/problem.js'
import { optionsFromYaml } from '../../src/settings/from-file.js'
import type { Raw } from '../../src/settings/options/option.js'
import { type Options, parseOptions } from '../../src/settings/options/parse-options.js'
import type { OptionName } from '../../src/settings/options/table.js'
import { accessStructure, groupsStructure } from '../../src/settings/sections/access.js'
import { policyOf } from '../../src/settings/settings-of.js'

interface Read {
  readonly options: Options
  readonly access: Policy | null
  readonly problems: readonly Problem[]
}

/** @param file for the places */
export function readYamlText(text: string, file = 'portcullis.yaml'): Read {
  const { raw, problems } = optionsFromYaml(text, file)
  const parsed = parseOptions(raw)
  return { options: parsed.options, access: policyOf(parsed.options), problems: [...problems, ...parsed.problems] }
}

/** What flags say, and nothing else. */
export function optionsFrom(said: { readonly [Name in OptionName]?: string }): ReturnType<typeof parseOptions> {
  const raw = Object.entries(said).map(([name, text]): [string, Raw] => {
    const where = `--${name}`
    return [name, { from: 'flag', where, texts: [{ text, where }] }]
  })
  return parseOptions(Object.fromEntries(raw))
}

/** The policy of rules and groups as plain data. @param placeOf the place of rule number `index` */
export function policyOfData(
  access: readonly unknown[],
  groups: Readonly<Record<string, unknown>>,
  placeOf: (index: number) => string,
): Policy {
  const context = { placeOf: (...[index]: readonly unknown[]) => placeOf(Number(index)), root: { groups } }
  const rules = accessStructure.read(access, { ...context, name: 'access' })
  const members = groupsStructure.read(groups, { ...context, name: 'groups' })
  const problems = [...rules.problems, ...members.problems]
  if (rules.value === null || members.value === null || problems.length > 0) throw new Error(JSON.stringify(problems))
  return { rules: rules.value, groups: members.value }
}
