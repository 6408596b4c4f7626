/** The request-target as nginx reads it: decoded, slashes merged, dot segments resolved; and back again. */

export interface NormalizedTarget {
  /** The path, decoded once (ngx_http_parse_complex_uri with merge_slashes); every character is a byte. */
  readonly uri: string
  /** What stands behind the first `?`, as it came. */
  readonly args: string
  /** Whether the path held an escape, so that it has to be escaped again where it is sent. */
  readonly quoted: boolean
  /** Whether it held a plus sign, which has to be escaped where text taken from it goes into arguments. */
  readonly plus: boolean
}

/** null for a target that nginx answers with 400: a broken escape, a NUL, a path that leaves the root, none at all. */
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

/** An escaped `/` or `.` counts like a plain one afterwards, as in nginx. */
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
    // A slash, or dots, at the end leave a slash.
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
