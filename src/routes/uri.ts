/**
 * Normalizes a request-target as nginx does: decodes it, merges slashes, resolves dot segments; and escapes it again.
 */

export interface NormalizedTarget {
  /** The path, decoded once (ngx_http_parse_complex_uri with merge_slashes); each character is one byte. */
  readonly uri: string
  /** The part after the first `?`, unchanged. */
  readonly args: string
  /** Whether the path contained an escape, so that it must be escaped again when it is sent. */
  readonly quoted: boolean
  /** Whether the path contained a plus sign, which must be escaped when its text goes into arguments. */
  readonly plus: boolean
}

/** null for a target that nginx answers with 400: a broken escape, a NUL, a path above the root, or no path. */
export function normalizeTarget(target: string): NormalizedTarget | null {
  if (!target.startsWith('/')) return null
  const end = /[?#]/.exec(target)?.index ?? target.length
  const path = target.slice(0, end)
  const args = target.charAt(end) === '?' ? target.slice(end + 1).replace(/#.*$/s, '') : ''
  const quoted = path.includes('%')
  const decoded = quoted ? decode(path) : path
  if (decoded === null) return null
  const uri = /\/\/|\/\./.test(decoded) ? resolve(decoded) : decoded
  return uri === null ? null : { uri, args, quoted, plus: decoded.includes('+') }
}

/** Decodes before dot segments are resolved, so an escaped `/` or `.` counts like a plain one, as in nginx. */
function decode(path: string): string | null {
  if (/%(?![0-9a-f]{2})|%00/i.test(path)) return null
  return path.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

function resolve(path: string): string | null {
  const kept: string[] = []
  const segments = path.split('/').slice(1)
  const last = segments.length - 1
  for (const [index, segment] of segments.entries()) {
    const isDots = segment === '.' || segment === '..'
    if (segment === '..' && kept.pop() === undefined) return null
    if (!isDots && segment !== '') kept.push(segment)
    // A final slash or dot segment leaves a slash.
    if (index === last && (isDots || segment === '')) kept.push('')
  }
  return `/${kept.join('/')}`
}

/** ngx_escape_uri with NGX_ESCAPE_URI (nginx 1.21.1 and later). */
export function escapeUri(uri: string): string {
  return uri.replace(/[\0- "#%?<>\\^`{|}\x7f-\xff]/g, percent)
}

/** ngx_escape_uri with NGX_ESCAPE_ARGS. */
export function escapeArgs(text: string): string {
  return text.replace(/[\0- #%&+;?\x7f-\xff]/g, percent)
}

function percent(char: string): string {
  return `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
}
