/** docs/portcullis.schema.json, made from the table of options: what editors check portcullis.yaml against. */
import {
  isNever,
  type JsonSchema,
  type ListType,
  type ScalarType,
  type StructureType,
} from '../../src/settings/options/option.js'
import { optionNames } from '../../src/settings/options/parse-options.js'
import { options, sections } from '../../src/settings/options/table.js'
import { listSchema } from '../../src/settings/options/types.js'

interface MapSchema {
  readonly type: 'object'
  readonly additionalProperties: false
  readonly properties: Record<string, JsonSchema>
  readonly required?: readonly string[]
}

/** JSON Schema, draft 2020-12. */
export function optionsSchema(): JsonSchema {
  const root: Record<string, JsonSchema> = {}
  const members = new Map<string, Record<string, JsonSchema>>()
  for (const name of optionNames) {
    const { file, help, type } = options[name]
    if (isNever(file)) continue
    const [section = '', member] = file.split('.')
    const schema = { description: help, ...schemaOf(type) }
    if (member === undefined) root[section] = schema
    else members.set(section, { ...members.get(section), [member]: schema })
  }
  for (const [section, properties] of members) {
    const complete = sections[section]?.complete === true
    const required = complete ? { required: Object.keys(properties) } : {}
    const map: MapSchema = { type: 'object', additionalProperties: false, properties, ...required }
    root[section] = withOwnWord(root[section], section, map)
  }
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'portcullis.yaml',
    type: 'object',
    additionalProperties: false,
    properties: root,
  }
}

/** A section that can be turned off by a word of its own. */
function withOwnWord(own: JsonSchema | undefined, section: string, map: MapSchema): JsonSchema {
  if (own === undefined) return { ...map }
  const { description, ...word } = own
  return sections[section]?.form?.startsWith('off') ? { description, anyOf: [map, word] } : { description, ...map }
}

function schemaOf(type: ScalarType<unknown> | ListType<unknown> | StructureType<unknown>): JsonSchema {
  if (type.kind === 'list') return listSchema(type)
  const { $schema: _, ...schema } = type.schema
  return schema
}
