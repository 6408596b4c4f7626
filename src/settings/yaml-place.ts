/** Finds the position of a value in a YAML file, and duplicate keys. */
import { type Document, isMap, isScalar, type Node, type Pair, visit, type YAMLMap } from 'yaml'

export type PathStep = string | number

/** The offset of a key or item, or of its innermost existing parent; undefined in an empty file. */
export function offsetOf(node: unknown, path: readonly PathStep[]): number | undefined {
  let current: unknown = node
  let offset = rangeStart(current)
  for (const step of path) {
    if (isMap(current)) {
      const pair = pairsOf(current).get(step)
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

/** The offsets of keys that occur earlier in the same map (YAML 1.2.2, 3.2.1.3). */
export function repeatedKeys(document: Document.Parsed): number[] {
  const offsets: number[] = []
  visit(document, {
    Map(_, map) {
      const seen = new Set<unknown>()
      for (const { key } of map.items) {
        if (!isScalar(key)) continue
        if (seen.has(key.value)) offsets.push(rangeStart(key) ?? 0)
        seen.add(key.value)
      }
    },
  })
  return offsets
}

const known = new WeakMap<YAMLMap, ReadonlyMap<unknown, Pair>>()

/** Indexes a map by key. Callers look up the place of each key, and a map can have thousands. */
function pairsOf(map: YAMLMap): ReadonlyMap<unknown, Pair> {
  const before = known.get(map)
  if (before !== undefined) return before
  const pairs = new Map<unknown, Pair>()
  for (const pair of map.items) {
    if (isScalar(pair.key) && !pairs.has(pair.key.value)) pairs.set(pair.key.value, pair)
  }
  known.set(map, pairs)
  return pairs
}

function rangeStart(node: unknown): number | undefined {
  const range: Node['range'] = typeof node === 'object' && node !== null ? Reflect.get(node, 'range') : undefined
  return range?.[0]
}
