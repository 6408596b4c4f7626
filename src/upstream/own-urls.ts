/**
 * Headers in which a backend names itself: the client has to come back through the gate, at the address that it used
 * (decision R22).
 */

/** Whose URLs are the backend's own. */
export interface OwnUrls {
  /** In lower case: `host[:port]` of the backend, and the Host that was sent to it. */
  readonly authorities: readonly string[]
  /**
   * Whether the answer is one of the registry API. Its Locations that are no redirects (the upload to go on with, what was created) and its
   * further pages are then behind the gate, whatever authority they name: a registry may have been told another one (`http.host` of
   * distribution).
   */
  readonly isRegistry: boolean
  readonly status: number
}

type IsOwn = (url: SplitUrl) => boolean

/**
 * The value of a header as the client has to see it. URLs of the backend itself become path-absolute, with their query untouched; any
 * other (a redirect to object storage) passes as it is.
 * @param name in lower case
 */
export function clientValue(name: string, value: string, { authorities, isRegistry, status }: OwnUrls): string {
  const isBackend: IsOwn = ({ authority }) => authorities.includes(authority)
  const isRedirect = status >= 300 && status <= 399
  switch (name) {
    case 'location':
    case 'content-location':
      return relative(value, isRegistry && !isRedirect ? () => true : isBackend)
    case 'refresh': {
      const [before = '', ...rest] = value.split(/(?<=url=)/i)
      return before + relative(rest.join(''), isBackend)
    }
    case 'link': {
      const isPage: IsOwn = url => isBackend(url) || (isRegistry && url.path.startsWith('/v2/'))
      return value.replace(/<[^<>]*>/g, link => `<${relative(link.slice(1, -1), isPage)}>`)
    }
    default:
      return value
  }
}

interface SplitUrl {
  /** In lower case, with userinfo and port. */
  readonly authority: string
  /** Path, query and fragment. */
  readonly path: string
}

/** The URL without scheme and authority where it is the backend's own. */
function relative(url: string, isOwn: IsOwn): string {
  const match = /^(?:https?:)?\/\/([^/?#]*)/i.exec(url)
  if (match === null) return url
  const authority = (match[1] ?? '').toLowerCase()
  const rest = url.slice(match[0].length)
  // Two slashes at its beginning would make an authority of the path.
  const path = `/${rest.replace(/^\/+/, '')}`
  return isOwn({ authority, path }) ? path : url
}
