/** Paging by `n` and `last`, and the Link to the next page (OCI distribution-spec 1.1, "Listing tags"). */
import { RequestError } from '../errors/request-error.js'

export interface Page {
  /** At most so many names; Infinity where neither the client nor the endpoint limits it. */
  readonly size: number
  /** Only names that sort behind this one. */
  readonly last: string
}

/**
 * @param limits `fallback` holds without `n`, an `n` above `most` is refused as in distribution 2.8
 * @throws RequestError pagination-invalid
 */
export function pageOf(query: URLSearchParams, limits: { readonly fallback: number; readonly most: number }): Page {
  const n = query.get('n')
  const last = query.get('last') ?? ''
  if (n === null || n === '') return { size: limits.fallback, last }
  const size = /^\d{1,15}$/.test(n) ? Number(n) : Number.NaN
  if (!(size <= limits.most)) throw new RequestError('pagination-invalid', { detail: { n } })
  return { size, last }
}

/** The header to the page behind `last`; none when this page was the last one. */
export function linkToNext(path: string, page: Page, names: readonly string[], more: boolean): { Link?: string } {
  const last = names.at(-1)
  if (!more || last === undefined) return {}
  const query = new URLSearchParams({ last, n: String(page.size) })
  return { Link: `<${path}?${query}>; rel="next"` }
}
