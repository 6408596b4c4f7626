/** Matches a sequence with wildcards, in time that grows with the product of both lengths and never faster. */

/**
 * Whether `elements` fit `pattern`, where what `isStar` says is a star fits any number of elements, also none. Greedy, and back only
 * to the last star: enough, because a shorter stretch for an earlier star never fits more.
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
