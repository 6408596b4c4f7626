/** Paging by `n` and `last`, and the Link to the next page (OCI distribution-spec 1.1, "Listing tags"). */
import { RequestError } from '../errors/request-error.js'
import { readPageNumber } from '../registry-api/page-number.js'

export interface Page {
  /** At most so many names; Infinity where neither the client nor the endpoint limits it. */
  readonly size: number
  /** Only names that sort behind this one. */
  readonly last: string
}

/**
 * An `n` above the maximum is that maximum: a page may be shorter than asked for where it has a Link (OCI distribution-spec 1.1, "Listing
 * tags"). distribution refuses it.
 * @param limits `fallback` holds without `n`
 * @throws RequestError pagination-invalid for an `n` that is no whole number
 */
export function pageOf(query: URLSearchParams, limits: { readonly fallback: number; readonly max: number }): Page {
  const n = query.get('n')
  const last = query.get('last') ?? ''
  if (n === null || n === '') return { size: limits.fallback, last }
  const size = readPageNumber(n)
  if (size === null) throw new RequestError('pagination-invalid', { detail: { n } })
  return { size: Math.min(size, limits.max), last }
}

/** The header to the page behind `last`; none when this page was the last one. */
export function linkToNext(path: string, page: Page, names: readonly string[], more: boolean): { Link?: string } {
  const last = names.at(-1)
  if (!more || last === undefined) return {}
  const query = new URLSearchParams({ last, n: String(page.size) })
  return { Link: `<${path}?${query}>; rel="next"` }
}
