/**
 * Combines many patterns into one trie of segments. It matches a name against all patterns at once, and tells what can
 * follow a folder. (decision A6)
 */
import { LRUCache } from 'lru-cache'
import { matchesSegment, type Pattern } from './pattern.js'

interface Node {
  readonly literals: Map<string, Node>
  /** Children for segments that contain a `*`. */
  readonly globs: Map<string, Glob>
  /** The child for `**`. */
  any: Node | null
  /** Whether this node follows a `**` and can therefore consume further segments. */
  readonly repeats: boolean
  /** Whether a pattern ends here. */
  ends: boolean
}

interface Glob {
  readonly text: string
  /** The fixed beginning and end of the segment. They rule out most segments without a wildcard match. */
  readonly prefix: string
  readonly suffix: string
  readonly behind: Node
}

/**
 * The set of nodes that are active after some segments. A `**` can match zero segments, so its node is always active
 * together with its parent.
 */
export type Position = ReadonlySet<Node>

export interface PatternTrie {
  /** @param name whole segments; '' returns the start position of all patterns */
  after(name: string): Position
}

/** Number of folders whose positions are cached. Catalogs list names folder by folder. */
const maxFolders = 100

export function compilePatternTrie(patterns: readonly Pattern[]): PatternTrie {
  const root = createNode(false)
  for (const { segments } of patterns) segments.reduce(child, root).ends = true
  const begin = withAny(new Set(), root)
  const folders = new LRUCache<string, Position>({ max: maxFolders })
  const afterFolder = (folder: string): Position => {
    const known = folders.get(folder)
    if (known !== undefined) return known
    const position = folder.split('/').reduce(step, begin)
    folders.set(folder, position)
    return position
  }
  return {
    after(name) {
      if (name === '') return begin
      const slash = name.lastIndexOf('/')
      return step(slash === -1 ? begin : afterFolder(name.slice(0, slash)), name.slice(slash + 1))
    },
  }
}

/** Whether a pattern matches exactly the segments before the position. */
export const isMatch = (position: Position): boolean => some(position, node => node.ends)

/** Whether a pattern matches these segments and every longer name that starts with them. */
export const isMatchForAll = (position: Position): boolean => some(position, node => node.ends && node.repeats)

/** The segments that can follow at this position; `any` if a wildcard decides. */
export function nextSegments(position: Position): ReadonlySet<string> | 'any' {
  const literals = new Set<string>()
  for (const node of position) {
    if (node.repeats || node.globs.size > 0) return 'any'
    for (const literal of node.literals.keys()) literals.add(literal)
  }
  return literals
}

const createNode = (repeats: boolean): Node => ({
  literals: new Map(),
  globs: new Map(),
  any: null,
  repeats,
  ends: false,
})

function child(node: Node, segment: string): Node {
  if (segment === '**') {
    node.any ??= createNode(true)
    return node.any
  }
  if (segment.includes('*')) {
    const glob = node.globs.get(segment) ?? globOf(segment)
    node.globs.set(segment, glob)
    return glob.behind
  }
  const next = node.literals.get(segment) ?? createNode(false)
  node.literals.set(segment, next)
  return next
}

const globOf = (text: string): Glob => ({
  text,
  prefix: text.slice(0, text.indexOf('*')),
  suffix: text.slice(text.lastIndexOf('*') + 1),
  behind: createNode(false),
})

function step(position: Position, segment: string): Position {
  const next = new Set<Node>()
  for (const node of position) {
    if (node.repeats) withAny(next, node)
    const literal = node.literals.get(segment)
    if (literal !== undefined) withAny(next, literal)
    for (const { text, prefix, suffix, behind } of node.globs.values()) {
      if (segment.startsWith(prefix) && segment.endsWith(suffix) && matchesSegment(text, segment)) withAny(next, behind)
    }
  }
  return next
}

function withAny(nodes: Set<Node>, node: Node): Set<Node> {
  for (let each: Node | null = node; each !== null; each = each.any) nodes.add(each)
  return nodes
}

function some(position: Position, holds: (node: Node) => boolean): boolean {
  for (const node of position) if (holds(node)) return true
  return false
}
