/** One spelling per resource: registry paths are judged and sent in their canonical form, or refused. */

export interface Target {
  /** Without the query. For a registry path the canonical form, otherwise as it came. */
  readonly path: string
  /** The bytes behind the first `?`; null where there is none. */
  readonly query: string | null
  /** Whether the path means /v2 or something below it once it is decoded. */
  readonly isRegistry: boolean
}

/** Decoded once, backslashes as slashes, slashes merged, dot segments resolved: the most that a backend would do. */
function widestReading(path: string): string {
  let decoded = path
  try {
    decoded = decodeURIComponent(path)
  } catch {
    // A broken escape: every part that can be read counts.
    decoded = path.replace(/%([0-7][0-9a-f])/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  }
  const segments: string[] = []
  for (const segment of decoded.replace(/\\/g, '/').split('/')) {
    if (segment === '..') segments.pop()
    else if (segment !== '.' && segment !== '') segments.push(segment)
  }
  return `/${segments.join('/')}`
}

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
  const reading = widestReading(raw)
  const isRegistry = reading === '/v2' || reading.startsWith('/v2/')
  if (!isRegistry) return { path: raw, query, isRegistry }
  const path = raw.replace(/%3a/gi, ':')
  if (!/^[A-Za-z0-9._~:=+@/-]+$/.test(path) || path.includes('//')) return null
  if (path.split('/').some(segment => segment === '.' || segment === '..')) return null
  return { path, query, isRegistry }
}
