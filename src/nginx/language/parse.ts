/** Builds the tree of directives of one file; which names exist, and which of them open a block, is not decided here. */
import type { Problem } from '../../errors/problem.js'
import type { Directive } from './directive.js'
import { type Token, tokenize, type Word } from './tokenize.js'

export interface ParsedFile {
  readonly directives: readonly Directive[]
  readonly problems: readonly Problem[]
}

/** nginx has no such limit; real files have five blocks within each other. */
const maxDepth = 100

/** Parses `text`; `file` is what messages call it. After a mistake in the syntax the rest of the file is not looked at. */
export function parse(text: string, file: string): ParsedFile {
  const { tokens, lastLine, problem } = tokenize(text, file)
  const problems: Problem[] = []
  let at = 0

  const fail = (line: number, message: string, hint?: string) => {
    if (problems.length === 0)
      problems.push({ where: `${file}:${line}`, message, ...(hint === undefined ? {} : { hint }) })
    at = tokens.length
  }

  let depth = 0
  const readBlock = (openedBy: Word | null): Directive[] => {
    if (openedBy !== null && ++depth > maxDepth) {
      fail(openedBy.line, `more than ${maxDepth} blocks stand within each other`, 'look for a missing "}"')
      return []
    }
    const directives = readDirectives(openedBy)
    if (openedBy !== null) depth--
    return directives
  }

  const readDirectives = (openedBy: Word | null): Directive[] => {
    const directives: Directive[] = []
    for (;;) {
      const token = tokens[at++]
      if (token === undefined) {
        if (openedBy !== null && problem === null) {
          fail(
            lastLine,
            `the file ends before the block of "${openedBy.text}" (line ${openedBy.line}) is closed`,
            'add the missing "}"',
          )
        }
        return directives
      }
      if (token.kind === '}') {
        if (openedBy !== null) return directives
        fail(token.line, 'unexpected "}": no block is open here')
        return directives
      }
      if (token.kind !== 'word') {
        const hint =
          token.kind === ';' ? 'a ";" ends a directive, and none stands before it' : 'a block needs a name before it'
        fail(token.line, `unexpected "${token.kind}"`, hint)
        return directives
      }
      const directive = readDirective(token)
      if (directive !== null) directives.push(directive)
    }
  }

  const readDirective = (name: Word): Directive | null => {
    const args: string[] = []
    for (;;) {
      const token: Token | undefined = tokens[at++]
      const where = { file, line: name.line }
      if (token === undefined) {
        if (problem === null) fail(lastLine, `the file ends within the directive "${name.text}"`, 'end it with ";"')
        return null
      }
      if (token.kind === 'word') args.push(token.text)
      else if (token.kind === ';') return { name: name.text, args, block: null, where }
      else if (token.kind === '{') return { name: name.text, args, block: readBlock(name), where }
      else {
        fail(token.line, `unexpected "}" within the directive "${name.text}"`, `end line ${name.line} with ";"`)
        return null
      }
    }
  }

  const directives = readBlock(null)
  return { directives, problems: problem === null ? problems : [...problems, problem] }
}
