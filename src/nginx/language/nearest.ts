/** The known name that a misspelt one probably means. */

/** Nobody misspells a longer one, and comparing takes the product of both lengths. */
const maxName = 64

/** The name of `known` with the fewest differing letters, if at most one third of them (and no more than three) differ. */
export function nearest(name: string, known: Iterable<string>): string | null {
  if (name.length > maxName) return null
  let best: string | null = null
  let fewest = Math.min(3, Math.floor(name.length / 3)) + 1
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) >= fewest) continue
    const differing = editDistance(name, candidate)
    if (differing < fewest) {
      fewest = differing
      best = candidate
    }
  }
  return best
}

/** Letters to insert, remove or replace (Levenshtein). */
function editDistance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (let i = 1; i <= left.length; i++) {
    const next = [i]
    for (let j = 1; j <= right.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (left.charAt(i - 1) === right.charAt(j - 1) ? 0 : 1)
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[right.length] ?? 0
}
