/** A part of a page between two comments, which is made from a table of src. */

/** @returns the page with `content` in place of what stands between the comments of `name` */
export function withSection(page, name, content) {
  const begin = new RegExp(`<!-- ${name}: made by npm run docs[^>]*-->\n`)
  const end = `<!-- end of ${name} -->`
  const opened = begin.exec(page)
  const from = opened === null ? -1 : opened.index + opened[0].length
  const to = page.indexOf(end, from)
  if (from < 0 || to < 0) throw new Error(`the page has no section ${name}`)
  return `${page.slice(0, from)}\n${content}\n${page.slice(to)}`
}
