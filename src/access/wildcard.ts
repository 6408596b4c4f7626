/** Matches a sequence against a pattern with wildcards, in time bounded by the product of both lengths. */

/**
 * Whether `elements` match `pattern`; an element for which `isStar` is true matches any number of elements, including
 * none. The match is greedy and backtracks only to the last star. That is sufficient, because a shorter match for an
 * earlier star never helps.
 */
export function matchWildcard<P, E>(
  pattern: ArrayLike<P>,
  elements: ArrayLike<E>,
  isStar: (part: P) => boolean,
  fits: (part: P, element: E) => boolean,
): boolean {
  let part = 0
  let element = 0
  let star = -1
  let behindStar = 0
  while (element < elements.length) {
    if (part < pattern.length && isStar(at(pattern, part))) {
      star = part
      behindStar = element
      part++
    } else if (part < pattern.length && fits(at(pattern, part), at(elements, element))) {
      part++
      element++
    } else if (star >= 0) {
      part = star + 1
      behindStar++
      element = behindStar
    } else return false
  }
  while (part < pattern.length && isStar(at(pattern, part))) part++
  return part === pattern.length
}

function at<T>(items: ArrayLike<T>, index: number): T {
  const item = items[index]
  if (item === undefined) throw new RangeError(`no item ${index}`)
  return item
}
