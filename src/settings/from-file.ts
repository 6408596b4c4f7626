/**
 * Reads portcullis.yaml into raw options. It checks keys and shapes and reports each mistake with its line;
 * parse-options.ts checks the values.
 */
import { LineCounter, parseDocument } from 'yaml'
import type { Problem } from '../errors/problem.js'
import { instead, keysIn, optionAt, sectionForm } from './options/file-keys.js'
import type { ListType, PlaceOf, Raw, ScalarType } from './options/option.js'
import type { RawOptions } from './options/parse-options.js'
import { type OptionName, options, sections } from './options/table.js'
import { unknownKey } from './yaml-issues.js'
import { offsetOf, repeatedKeys } from './yaml-place.js'

export interface FileOptions {
  readonly raw: RawOptions
  /** Unknown or misplaced keys, and values of a wrong shape. */
  readonly problems: readonly Problem[]
  /** The file, if it sets anything; null otherwise. */
  readonly file: string | null
}

/** The result for a missing or empty file. */
export const noOptions: FileOptions = { raw: {}, problems: [], file: null }

/** @param file the path for messages; problems have the form `file:line` */
export function optionsFromYaml(source: string, file: string): FileOptions {
  const lines = new LineCounter()
  // The parser's own check for duplicate keys takes quadratic time.
  const document = parseDocument(source, { lineCounter: lines, prettyErrors: false, uniqueKeys: false })
  const at = (offset: number | undefined) => `${file}:${lines.linePos(offset ?? 0).line}`
  const errors = document.errors.map(error => ({ offset: error.pos[0], ...notYaml(error.code, error.message) }))
  for (const offset of repeatedKeys(document)) errors.push({ offset, ...repeatedKey })
  if (errors.length > 0) {
    errors.sort((a, b) => a.offset - b.offset)
    return { ...noOptions, problems: errors.map(({ offset, ...problem }) => ({ where: at(offset), ...problem })) }
  }
  let root: unknown
  try {
    root = document.toJS() ?? {}
  } catch (error) {
    // An alias without an anchor. The error does not contain its position.
    const message = `this is no valid YAML: ${error instanceof Error ? error.message : String(error)}`
    const problems = [{ where: file, message, hint: 'put a text that begins with * in quotes' }]
    return { ...noOptions, problems }
  }
  const placeOf: PlaceOf = (...path) => at(offsetOf(document.contents, path))
  if (!isMap(root)) {
    const message = 'the file must be made of keys and values'
    return { ...noOptions, problems: [{ where: placeOf(), message, hint: 'a line reads KEY: VALUE' }] }
  }
  const reading: Reading = { root, placeOf, raw: new Map(), problems: [] }
  for (const [key, value] of Object.entries(root)) readKey(key, value, reading)
  const raw: RawOptions = Object.fromEntries(reading.raw)
  return { raw, problems: reading.problems, file: reading.raw.size > 0 ? file : null }
}

interface Reading {
  readonly root: unknown
  readonly placeOf: PlaceOf
  readonly raw: Map<OptionName, Raw>
  readonly problems: Problem[]
}

const isMap = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value)

function readKey(key: string, value: unknown, reading: Reading): void {
  const members = keysIn(key)
  const name = key.includes('.') ? null : optionAt(key)
  if (members.length > 0 && (isMap(value) || name === null)) readSection(key, value, members, reading)
  else if (name !== null) readOption(name, [key], value, reading)
  else add(reading, [key], unknownKey(key, key, keysIn(null), instead(key)))
}

/** In some sections the keys depend on each other. Such a section is ignored if one of them is wrong. */
function readSection(section: string, value: unknown, members: readonly string[], reading: Reading): void {
  const { raw, problems, placeOf } = reading
  if (!isMap(value)) {
    const reason = value === null ? 'has no value' : `must be written as ${sectionForm(section)}`
    return add(reading, [section], { message: `${section} ${reason}` })
  }
  const inside: Reading = { ...reading, raw: new Map(), problems: [] }
  const missing = sections[section]?.complete === true ? members.filter(key => !(key in value)) : []
  for (const key of missing) add(inside, [section], { message: `${section}.${key} is missing` })
  for (const [key, member] of Object.entries(value)) {
    const name = optionAt(`${section}.${key}`)
    if (name === null) add(inside, [section, key], unknownKey(`${section}.${key}`, key, members))
    else readOption(name, [section, key], member, inside)
  }
  problems.push(...inside.problems)
  if (inside.problems.length > 0 && sections[section]?.complete === true) return
  const own = optionAt(section)
  const where = placeOf(section)
  if (own !== null) raw.set(own, { from: 'file', where, texts: [{ text: 'on', where }] })
  for (const [name, option] of inside.raw) raw.set(name, option)
}

function readOption(name: OptionName, path: readonly string[], value: unknown, reading: Reading): void {
  const { root, placeOf, raw } = reading
  const key = path.join('.')
  const where = placeOf(...path)
  const type: ListType<unknown> | ScalarType<unknown> | { readonly kind: 'structure' } = options[name].type
  const refuse = (message: string) => add(reading, path, { message: `${key} ${message}` })
  const form = sections[key]?.form
  // Accepts `login_limits: off` beside no other keys of the section.
  if (keysIn(key).length > 0 && !(form?.startsWith('off') && (value === 'off' || value === false)))
    return refuse(`must be written as ${form ?? sectionForm(key)}`)
  if (value === null) return refuse('has no value')
  if (type.kind === 'structure') {
    const content = (...steps: readonly (string | number)[]) => placeOf(...path, ...steps)
    raw.set(name, { from: 'file', where, content: value, placeOf: content, root })
    return
  }
  if (type.kind === 'list') return readList(name, type, path, value, reading)
  if (!isScalar(type, value)) return refuse(type.expected)
  raw.set(name, { from: 'file', where, texts: [{ text: String(value), where }] })
}

function readList(
  name: OptionName,
  { item, allowsSingle, expected, empty }: ListType<unknown>,
  path: readonly string[],
  value: unknown,
  reading: Reading,
): void {
  const { placeOf, raw } = reading
  const key = path.join('.')
  const where = placeOf(...path)
  if (allowsSingle && isScalar(item, value))
    raw.set(name, { from: 'file', where, texts: [{ text: String(value), where }] })
  else if (!Array.isArray(value)) add(reading, path, { message: `${key} ${expected}` })
  else if (value.length === 0 && empty !== null) add(reading, path, { message: `${key} ${empty}` })
  else {
    const items: readonly unknown[] = value
    const texts = items.flatMap((each, index) => {
      if (isScalar(item, each)) return [{ text: String(each), where: placeOf(...path, index) }]
      add(reading, [...path, index], { message: `${key}[${index}] ${each === null ? 'has no value' : item.expected}` })
      return []
    })
    raw.set(name, { from: 'file', where, texts })
  }
}

const isScalar = ({ yaml }: ScalarType<unknown>, value: unknown) => yaml.some(type => type === typeof value)

function add(reading: Reading, path: readonly (string | number)[], problem: Omit<Problem, 'where'>): void {
  reading.problems.push({ where: reading.placeOf(...path), ...problem })
}

const repeatedKey = { message: 'this key is here a second time', hint: 'remove one of the two' }

/** Replaces those messages of the parser that are meant for programmers. */
function notYaml(code: string, message: string): { readonly message: string; readonly hint: string } {
  switch (code) {
    case 'MULTIPLE_DOCS':
      return { message: 'a second document begins here', hint: 'remove the line ---' }
    case 'TAB_AS_INDENT':
      return { message: 'a tab makes the indentation', hint: 'use spaces' }
    default: {
      const reason = message.split('\n')[0] ?? message
      return { message: `this is no valid YAML: ${reason}`, hint: 'compare it with the example in the README' }
    }
  }
}
