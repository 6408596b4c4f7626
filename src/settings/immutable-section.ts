/** `immutable:` of portcullis.yaml: a pattern for tags, or several; every mistake at its line. */
import { z } from 'zod'
import { readImmutable } from '../access/immutable.js'
import type { ImmutableTags } from '../access/model.js'
import type { Problem } from '../errors/problem.js'

/** The shape; each item is judged by `immutableFromYaml`. */
export const immutableSection = z.union([z.string(), z.array(z.unknown()).min(1, 'must not be an empty list')], {
  error: 'must be a text or a list: ["v*", "release-*"]',
})

/** @param placeOf where an item stands, as `file:line` */
export function immutableFromYaml(
  said: z.infer<typeof immutableSection>,
  placeOf: (index: number) => string,
): { readonly immutable: readonly ImmutableTags[]; readonly problems: readonly Problem[] } {
  const items: readonly unknown[] = typeof said === 'string' ? [said] : said
  const immutable: ImmutableTags[] = []
  const problems: Problem[] = []
  for (const [index, text] of items.entries()) {
    const where = placeOf(index)
    if (typeof text !== 'string') {
      problems.push({ where, message: `immutable[${index}] must be a text, in quotes if it looks like a number` })
      continue
    }
    const read = readImmutable(text)
    if ('message' in read) problems.push({ where, message: `"${text}" ${read.message}`, hint: read.hint })
    else immutable.push({ text, ...read, where })
  }
  return { immutable, problems }
}
