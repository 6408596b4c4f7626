/** Words with variables: `https://$host/`, `${name}`, and the captures `$1` to `$9` of the last regular expression. */

/** Text and variables in order; neighbouring texts are joined, empty ones left out. Names are in lower case. */
export type Template = readonly (string | { readonly variable: string })[]

export type TemplateResult =
  | { readonly template: Template; readonly problem: null }
  | { readonly template: null; readonly problem: string }

const variableName = /([1-9])|\{(\w+)\}|(\w+)/y

/** Reads a word as ngx_http_script_compile does; `problem` is one clause without a place. */
export function parseTemplate(word: string): TemplateResult {
  const parts: (string | { readonly variable: string })[] = []
  let text = ''
  let at = 0
  while (at < word.length) {
    const char = word.charAt(at)
    if (char !== '$') {
      text += char
      at++
      continue
    }
    variableName.lastIndex = at + 1
    const found = variableName.exec(word)
    const name = found?.[1] ?? found?.[2] ?? found?.[3]
    if (found === null || name === undefined) {
      const problem = /^\{\w/.test(word.slice(at + 1, at + 3))
        ? `the "}" that ends the variable in "${word}" is missing`
        : `a "$" in "${word}" is not followed by the name of a variable`
      return { template: null, problem }
    }
    if (text !== '') parts.push(text)
    text = ''
    parts.push({ variable: name.toLowerCase() })
    at += 1 + found[0].length
  }
  if (text !== '') parts.push(text)
  return { template: parts, problem: null }
}

/** The text of a template without variables; null if it has some. */
export function plainText(template: Template): string | null {
  if (template.length === 0) return ''
  const [only] = template
  return template.length === 1 && typeof only === 'string' ? only : null
}
