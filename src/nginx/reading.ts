/** What is gathered while an nginx.conf is compiled: mistakes, notices, variables that exist and variables that are used. */
import { join } from 'node:path'
import type { Problem } from '../errors/problem.js'
import { builtInVariables, isBuiltInVariable, isSettableVariable } from '../routes/known-variables.js'
import type { RegexSource, Template } from '../routes/model.js'
import { isLinear } from '../routes/regex.js'
import { nearest } from './language/nearest.js'
import { parseRegex, repeatsOnce } from './language/regex.js'
import { parseTemplate, plainText } from './language/template.js'

/** A file that the configuration names; settings/load.ts checks it. */
export interface NamedFile {
  readonly path: string
  /** `nginx.conf:14` */
  readonly where: string
}

/** What becomes of one directive of a file. */
export interface DirectiveReport {
  /** `nginx.conf:14` */
  readonly where: string
  readonly directive: string
  readonly decision: 'honoured' | 'ignored' | 'refused'
  /** How it is honoured, why it is ignored, or what to do instead. */
  readonly reason: string
}

/** What a misspelt variable means is guessed by comparing it with all that there are: for the first few of a file. */
const maxGuesses = 20

export class NginxReading {
  readonly reports: DirectiveReport[] = []
  readonly #problems = new Map<string, Problem>()
  readonly #notices = new Map<string, Problem>()
  readonly #ignored = new Map<string, Problem>()
  readonly #usersFiles = new Map<string, NamedFile>()
  /** What the lines of `proxy_pass` name, to be held against the upstreams. */
  readonly backends: { readonly authority: string; readonly at: string }[] = []
  /** Names of `log_format`; `main` is that of the file which nginx's image puts around pieces in conf.d. */
  readonly logFormats = new Set(['combined', 'main'])
  readonly #declared = new Set<string>()
  readonly #used: { readonly name: string; readonly where: string }[] = []

  /** @param folder what relative paths are relative to: the folder of the main file */
  constructor(readonly folder: string) {}

  get problems(): readonly Problem[] {
    return [...this.#problems.values()]
  }

  /** Lines without an effect, and why. */
  get ignored(): readonly Problem[] {
    return [...this.#ignored.values()]
  }

  get notices(): readonly Problem[] {
    return [...this.#notices.values()]
  }

  get usersFiles(): readonly NamedFile[] {
    return [...this.#usersFiles.values()]
  }

  problem(where: string, message: string, hint?: string): void {
    addOnce(this.#problems, { where, message, ...(hint === undefined ? {} : { hint }) })
  }

  notice(where: string, message: string, hint?: string): void {
    addOnce(this.#notices, { where, message, ...(hint === undefined ? {} : { hint }) })
  }

  ignore(where: string, message: string): void {
    addOnce(this.#ignored, { where, message })
  }

  report(report: DirectiveReport): void {
    this.reports.push(report)
  }

  needUsersFile(file: NamedFile): void {
    if (!this.#usersFiles.has(file.where)) this.#usersFiles.set(file.where, file)
  }

  /** Text with variables; its variables are checked by `finish`, because they may be declared further down. */
  template(word: string, where: string): Template {
    const { template, problem } = parseTemplate(word)
    if (template === null) {
      this.problem(where, problem)
      return []
    }
    for (const part of template) if (typeof part !== 'string') this.use(part.variable, where)
    return template
  }

  use(variable: string, where: string): void {
    this.#used.push({ name: variable, where })
  }

  /** `$name`, as `set` and `map` take it, without its `$`; null if it is none or must not be set. */
  declare(word: string, where: string): string | null {
    const name = /^\$(\w+)$/.exec(word)?.[1]?.toLowerCase()
    if (name === undefined) {
      this.problem(where, `"${word}" is not the name of a variable`, 'write it with a "$" and letters, digits or "_"')
      return null
    }
    if (!isSettableVariable(name)) {
      this.problem(where, `the variable "$${name}" is built in and cannot be set`, 'choose another name')
      return null
    }
    this.#declared.add(name)
    return name
  }

  regex(source: string, ignoreCase: boolean, where: string): RegexSource {
    const { regex, problem, ...result } = parseRegex(source, ignoreCase)
    if (regex === null) {
      this.problem(where, problem.message, problem.hint)
      return { source: '', ignoreCase }
    }
    if (!isLinear(regex) && !repeatsOnce(source)) {
      this.notice(
        where,
        `the regular expression "${source}" may take seconds or more for a text that a client chooses`,
        'write it without (?=...) and (?!...), or let it begin with ^ and repeat one character only',
      )
    }
    if ('names' in result) for (const name of result.names) this.#declared.add(name)
    return regex
  }

  /** A path without variables; relative ones start at the folder of the main file. */
  path(word: string, where: string): string {
    const text = plainText(this.template(word, where))
    if (text === null) {
      this.problem(where, `the path "${word}" holds a variable`, 'name one fixed file: it is read before any request')
      return word
    }
    return word.startsWith('/') ? text : join(this.folder, text)
  }

  /** Adds the problems that only the whole configuration shows. */
  finish(): void {
    const unknown = this.#used.filter(each => !this.#declared.has(each.name) && !isBuiltInVariable(each.name))
    const known = [...builtInVariables, ...this.#declared]
    for (const [index, { name, where }] of unknown.entries()) {
      const meant = index < maxGuesses ? nearest(name, known) : null
      this.problem(
        where,
        `the variable "$${name}" is not known`,
        meant === null ? undefined : `did you mean $${meant}?`,
      )
    }
  }
}

/** What is inherited is looked at in every block that inherits it. */
function addOnce(list: Map<string, Problem>, problem: Problem): void {
  const key = `${problem.where} ${problem.message}`
  if (!list.has(key)) list.set(key, problem)
}
