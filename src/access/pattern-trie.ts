/** Many patterns as one trie of their segments: a name is compared with all of them at once, and a folder with what may be below it. */
import { LRUCache } from 'lru-cache'
import { matchesSegment, type Pattern } from './pattern.js'

interface Node {
  readonly literals: Map<string, Node>
  /** By segments with a `*`. */
  readonly globs: Map<string, Glob>
  /** Behind a `**`. */
  any: Node | null
  /** Whether it is behind a `**`, which may take further segments. */
  readonly repeats: boolean
  /** Whether a pattern ends here. */
  ends: boolean
}

interface Glob {
  readonly text: string
  /** What every segment begins and ends with that it matches: most are told from it by these alone. */
  readonly prefix: string
  readonly suffix: string
  readonly behind: Node
}

/** Where the patterns stand behind some segments; a `**` may take no segment, so that its node is always there with the one before it. */
export type Position = ReadonlySet<Node>

export interface PatternTrie {
  /** @param name whole segments; '' is the beginning of every pattern */
  after(name: string): Position
}

/** Folders whose positions are remembered: names come folder by folder. */
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

/** Whether some pattern matches the segments before the position. */
export const isMatch = (position: Position): boolean => some(position, node => node.ends)

/** Whether some pattern matches these segments and every name that goes on behind them. */
export const isMatchForAll = (position: Position): boolean => some(position, node => node.ends && node.repeats)

/** The segments with which a name can go on that some pattern matches; `any` where a wildcard decides. */
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
