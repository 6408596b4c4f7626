/**
 * Every regular expression of src takes time that grows no faster than the text, whatever the text is: judged by
 * recheck, or by hand. (decision R10, decision R12)
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { checkSync } from 'recheck'
import { parseAst } from 'rolldown/parseAst'
import { describe, expect, test } from 'vitest'

// The checker itself in JavaScript, not one of its faster forms in Java or native code, which are not installed.
process.env.RECHECK_SYNC_BACKEND = 'pure'

/** What recheck cannot judge, as it stands in src, and why it is linear all the same. */
const byHand: Readonly<Record<string, string>> = {
  '/[A-Za-z0-9\\-._~+/]+=*(?=\\s*(?:,|$))/y':
    'begins in one place; where it gives characters back, the next one is of its own class, and looking ahead ends at once',
  '/^(?:(\\d+)y *)?(?:(\\d+)M *)?(?:(\\d+)w *)?(?:(\\d+)d *)?(?:(\\d+)h *)?(?:(\\d+)m(?!s) *)?(?:(\\d+)s *)?(?:(\\d+)ms *)?(\\d+)?$/':
    'each of its nine parts reads the digits that stand there once more at most, and their letter tells which part they belong to',
  '/[\\r\\n]+/': 'splits: whatever begins a run of these is a match',
  '/[\\p{C}\\p{Z}]+/gu': 'whatever begins a run of these is a match',
  "/^option '(?:-\\w, )?(--[\\w-]+)(?: [^']*)?' argument '(.*)' is invalid\\. Allowed choices are /s":
    'begins in one place; each part in front ends at a sign that is not in it, and one part alone is of any characters',
  "/^option '(?:-\\w, )?(--[\\w-]+)(?: [^']*)?' cannot be used with option '(?:-\\w, )?(--[\\w-]+)/":
    'begins in one place, and each part ends at a sign that is not in it',
  "new RegExp(`^${prefix.replaceAll('$', '\\\\$')}`)": 'a constant without a repetition',
  'new RegExp(`^${escaped}`)': 'a constant without a repetition',
  'new RegExp( `^${escaped}(?:rounds=([1-9]\\\\d{0,8})\\\\$)?([!-#%-9;-~]{0,16})\\\\$([./0-9A-Za-z]{${variant.length}})$`, )':
    'every repetition has a bound',
  "new RegExp(source, ignoreCase ? 'i' : '')": 'of an nginx.conf: is compiled only, to see whether it is right',
  "new RegExp(toBytes(source), ignoreCase ? 'i' : '')":
    'of an nginx.conf: where no engine without backtracking knows the expression, a notice says so at the start',
}

interface Expression {
  /** `folder/file.ts` */
  readonly file: string
  /** As it stands there, on one line. */
  readonly text: string
  /** null where it is put together when the program runs. */
  readonly literal: { readonly pattern: string; readonly flags: string } | null
  /** Whether it is tried at one place of a text after the other, a match or not. */
  readonly repeated: boolean
}

interface AstNode {
  readonly type: string
  readonly start: number
  readonly end: number
}

const isNode = (value: unknown): value is AstNode =>
  typeof value === 'object' && value !== null && typeof Reflect.get(value, 'type') === 'string'

const propertyOf = (value: unknown, ...names: readonly string[]): unknown =>
  names.reduce((inner: unknown, name) => (inner instanceof Object ? Reflect.get(inner, name) : undefined), value)

function expressionsOf(file: string): Expression[] {
  const source = readFileSync(join(src, file), 'utf8')
  const found: Expression[] = []
  const visit = (value: unknown, call: AstNode | null): void => {
    if (Array.isArray(value)) for (const item of value) visit(item, call)
    if (!isNode(value)) return
    const text = source.slice(value.start, value.end).replace(/\s+/g, ' ')
    const pattern = propertyOf(value, 'regex', 'pattern')
    const flags = propertyOf(value, 'regex', 'flags')
    if (typeof pattern === 'string' && typeof flags === 'string') {
      const repeated = /[gy]/.test(flags) || propertyOf(call, 'callee', 'property', 'name') === 'split'
      found.push({ file, text, literal: { pattern, flags }, repeated })
    }
    const isCall = value.type === 'CallExpression' || value.type === 'NewExpression'
    if (isCall && propertyOf(value, 'callee', 'name') === 'RegExp')
      found.push({ file, text, literal: null, repeated: false })
    for (const inner of Object.values(value)) visit(inner, isCall ? value : Array.isArray(inner) ? call : null)
  }
  visit(parseAst(source, { lang: 'ts' }), null)
  return found
}

const src = resolve(import.meta.dirname, '../../src')
const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter(file => file.endsWith('.ts'))
const expressions = files.flatMap(expressionsOf)
const literals = expressions.filter(({ text }) => !Object.hasOwn(byHand, text))

/**
 * What is judged in its place, which takes no less time: a bound that is large is none, and what is tried at every place never matches, so
 * that all of its ways are gone there.
 */
function judged(pattern: string, repeated: boolean): string {
  const unbounded = pattern.replace(/\{(\d+)(?:,(\d*))?\}/g, (all, least: string, most = least) =>
    most === '' || Number(most) > 9 ? '*' : all,
  )
  return repeated ? `(?:${unbounded})[^\\s\\S]` : unbounded
}

/** null where it is linear, or takes the same time for every text. */
function faultOf({ literal, repeated }: Expression): string | null {
  if (literal === null) return 'is put together when the program runs: say in `byHand` why it is linear'
  const pattern = judged(literal.pattern, repeated)
  if (!/[*+]/.test(pattern)) return null
  const verdict = checkSync(pattern, literal.flags.replace('g', ''), { checker: 'automaton', timeout: null })
  if (verdict.status === 'safe') return null
  return verdict.status === 'vulnerable' ? verdict.complexity.summary : verdict.error.kind
}

test.each([
  ['/a+b/', false, '2nd degree polynomial'],
  ['/^a+$/', false, null],
  ['/^(a+)+$/', false, 'exponential'],
  ['/a+|b/', true, '2nd degree polynomial'],
  ['/[^/@]*:[^/@]*@/g', true, '3rd degree polynomial'],
  ['/^[a-z]{1,64}[a-z]{1,64}[a-z]{1,64}$/', false, '3rd degree polynomial'],
])('%s is seen for what it is', (text, repeated, fault) => {
  const [, pattern = '', flags = ''] = text.split(/^\/|\/(?=\w*$)/)
  expect(faultOf({ file: '', text, literal: { pattern, flags }, repeated })).toEqual(fault)
})

test('there are enough of them to judge', () => expect(expressions.length).toBeGreaterThan(200))

test.each(literals)('$file $text', expression => {
  expect(faultOf(expression)).toBeNull()
})

describe('judged by hand', () => {
  test.each(Object.entries(byHand))('%s %s', text => {
    expect(expressions.map(expression => expression.text)).toContain(text)
  })
})
