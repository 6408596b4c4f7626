/** portcullis.yaml to a draft: its shape is checked here, every mistake with its line; its values are judged by validate.ts. */
import { isMap, isScalar, LineCounter, type Node, parseDocument } from 'yaml'
import { z } from 'zod'
import type { Problem } from '../errors/problem.js'
import type { Draft, Given } from './draft.js'

const text = z.string({ error: 'must be a text' }).min(1, { error: 'must not be empty' })
const schema = z.strictObject({
  listen: z.union([text, z.number()], { error: 'must be PORT or HOST:PORT' }).transform(String).optional(),
  tls: z.strictObject({ cert: text, key: text }, { error: 'needs both cert and key' }).optional(),
  backend: text.optional(),
  users: z.strictObject({ htpasswd: text }).optional(),
  trusted_proxies: z.array(text).optional(),
})

type PathStep = string | number

/** @param file its path, for messages; problems name `file:line` */
export function draftFromYaml(
  source: string,
  file: string,
): { readonly draft: Draft; readonly problems: readonly Problem[] } {
  const lines = new LineCounter()
  const document = parseDocument(source, { lineCounter: lines, prettyErrors: false, uniqueKeys: true })
  const at = (offset: number | undefined) => `${file}:${lines.linePos(offset ?? 0).line}`
  if (document.errors.length > 0) {
    return {
      draft: {},
      problems: document.errors.map(error => ({
        where: at(error.pos[0]),
        message: `this is no valid YAML: ${error.message.split('\n')[0]}`,
        hint: 'compare with the example in the README; spaces, not tabs, make the indentation',
      })),
    }
  }
  const place = (path: readonly PathStep[]) => at(offsetOf(document.contents, path))
  const parsed = schema.safeParse(document.toJS() ?? {})
  if (!parsed.success) return { draft: {}, problems: parsed.error.issues.flatMap(issue => describe(issue, place)) }

  const { listen, tls, backend, users, trusted_proxies: proxies } = parsed.data
  const given = (value: string, ...path: PathStep[]): Given => ({ value, where: place(path) })
  return {
    problems: [],
    draft: {
      ...(listen === undefined ? {} : { listen: given(listen, 'listen') }),
      ...(backend === undefined ? {} : { backend: given(backend, 'backend') }),
      ...(users === undefined ? {} : { htpasswd: given(users.htpasswd, 'users', 'htpasswd') }),
      ...(tls === undefined ? {} : { cert: given(tls.cert, 'tls', 'cert'), key: given(tls.key, 'tls', 'key') }),
      ...(proxies === undefined
        ? {}
        : { trustedProxies: proxies.map((network, index) => given(network, 'trusted_proxies', index)) }),
    },
  }
}

function describe(issue: z.core.$ZodIssue, place: (path: readonly PathStep[]) => string): Problem[] {
  const path = issue.path.filter((step): step is PathStep => typeof step !== 'symbol')
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map(key => ({
      where: place([...path, key]),
      message: `${[...path, key].join('.')} is not known here`,
      hint:
        path.length === 0
          ? `known are: ${Object.keys(schema.shape).join(', ')}`
          : 'compare with the example in the README',
    }))
  }
  return [
    {
      where: place(path),
      message: path.length === 0 ? 'the file must be a list of keys and values' : `${path.join('.')} ${issue.message}`,
    },
  ]
}

/** Where a key stands, or the innermost thing around it that exists. */
function offsetOf(node: unknown, path: readonly PathStep[]): number | undefined {
  let current: unknown = node
  let offset = rangeStart(current)
  for (const step of path) {
    if (isMap(current)) {
      const pair = current.items.find(item => isScalar(item.key) && item.key.value === step)
      if (pair === undefined) break
      offset = rangeStart(pair.key) ?? offset
      current = pair.value
    } else {
      const items: unknown = typeof current === 'object' && current !== null ? Reflect.get(current, 'items') : undefined
      current = Array.isArray(items) && typeof step === 'number' ? items[step] : undefined
      offset = rangeStart(current) ?? offset
    }
  }
  return offset
}

function rangeStart(node: unknown): number | undefined {
  const range: Node['range'] = typeof node === 'object' && node !== null ? Reflect.get(node, 'range') : undefined
  return range?.[0]
}
