/** One spelling per resource: registry paths are judged and sent in their canonical form, or refused. */

export interface Target {
  /** Without the query. For a registry path the canonical form, otherwise as it came. */
  readonly path: string
  /** The bytes behind the first `?`; null where there is none. */
  readonly query: string | null
  /** Whether the path means /v2 or something below it once it is decoded. */
  readonly isRegistry: boolean
}

/** Decoded once, with backslashes as slashes: the most that a backend would do. */
function decode(path: string): string {
  try {
    return decodeURIComponent(path).replace(/\\/g, '/')
  } catch {
    // A broken escape: every part that can be read counts.
    const readable = path.replace(/%([0-7][0-9a-f])/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    )
    return readable.replace(/\\/g, '/')
  }
}

/** Whether the way through the segments comes by /v2, wherever dot segments lead it afterwards. */
function comesByRegistry(path: string): boolean {
  const stack: string[] = []
  return path.split('/').some(segment => {
    if (segment === '..') stack.pop()
    else if (segment !== '' && segment !== '.') stack.push(segment)
    return stack[0] === 'v2'
  })
}

/** As a URL parser reads it: dot segments are resolved before anything is decoded (WHATWG URL, "path state"). */
const resolved = (path: string) => new URL(`http://backend${path.replaceAll('#', '%23')}`).pathname

/** Whether some backend may find /v2 at the start: decoded and then resolved, or the other way round. */
const meansRegistry = (path: string) => comesByRegistry(decode(path)) || comesByRegistry(decode(resolved(path)))

/**
 * @param target the request-target in origin form (`/path?query`)
 * @returns null where it is a registry path in any other spelling than the canonical one (only `%3A` for the colon of a
 *   digest is read as `:`), or not in origin form at all
 */
export function readTarget(target: string): Target | null {
  if (!target.startsWith('/')) return null
  const mark = target.indexOf('?')
  const raw = mark === -1 ? target : target.slice(0, mark)
  const query = mark === -1 ? null : target.slice(mark + 1)
  const isRegistry = meansRegistry(raw)
  if (!isRegistry) return { path: raw, query, isRegistry }
  const path = raw.replace(/%3a/gi, ':')
  if (!/^[A-Za-z0-9._~:=+@/-]+$/.test(path) || path.includes('//')) return null
  if (path.split('/').some(segment => segment === '.' || segment === '..')) return null
  return { path, query, isRegistry }
}
