/** Where a value stands in a YAML file. */
import { isMap, isScalar, type Node } from 'yaml'

export type PathStep = string | number

/** The offset of a key or an item, or of the innermost thing around it that exists; undefined in an empty file. */
export function offsetOf(node: unknown, path: readonly PathStep[]): number | undefined {
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
