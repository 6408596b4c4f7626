/** Reports mistakes in the command line (a flag, a command, a missing value) like all other mistakes. Exit code 2. */
import type { Command } from 'commander'
import { type Problem, ProblemsFound } from '../errors/problem.js'

/** Thrown for flags that cannot be combined. Exit code 2. */
export class WrongUsage extends ProblemsFound {}

/** Turns commander's message about `command` into a problem. An unknown message is kept unchanged. */
export function usageProblem(command: Command, text: string): Problem {
  const [message = '', second = ''] = text
    .trim()
    .replace(/^error: /, '')
    .split('\n')
  const similar = /^\(Did you mean (?:one of )?(.*)\?\)$/.exec(second)?.[1]
  const meant = similar === undefined ? '' : `did you mean ${similar.replace(/, ([^,]*)$/, ' or $1')}? `
  for (const [form, tell] of forms) {
    const found = form.exec(message)
    if (found !== null) return tell({ command, meant, first: found[1] ?? '', second: found[2] ?? '' })
  }
  return { where: path(command), message, hint: `all flags: ${path(command)} --help` }
}

interface Found {
  readonly command: Command
  /** `did you mean serve? `, or ''. */
  readonly meant: string
  readonly first: string
  readonly second: string
}

/** Names that other programs use for the same flags. */
const otherNames: ReadonlyMap<string, string> = new Map([
  ['--port', '--listen'],
  ['-p', '--listen'],
  ['--address', '--listen'],
  ['--bind', '--listen'],
  ['--upstream', '--backend'],
  ['--registry', '--backend'],
  ['--users', '--htpasswd'],
  ['--storage', '--data'],
  ['--conf', '--nginx-conf'],
  ['-c', '--config'],
])

/** Commander's messages (lib/command.js of version 14). */
const forms: readonly (readonly [RegExp, (found: Found) => Problem])[] = [
  [
    /^unknown option '(.*)'$/,
    ({ command, meant, first }) => {
      const [flag = first] = first.split('=', 1)
      const owner = command.commands.find(child => child.options.some(option => option.long === flag))
      const other = command.options.find(option => option.long === otherNames.get(flag))?.long
      const hint =
        owner === undefined
          ? `${other === undefined ? meant : `did you mean ${other}? `}all flags: ${path(command)} --help`
          : `it belongs behind the command: ${path(owner)} ${flag}`
      // Omits the text after `=`, which may be a password.
      return { where: flag, message: 'there is no such flag here', hint }
    },
  ],
  [
    /^unknown command '(.*)'$/,
    ({ command, meant, first }) => ({
      where: first,
      message: 'there is no such command',
      hint: `${meant}${path(command)} has: ${command.commands.map(child => child.name()).join(', ')}`,
    }),
  ],
  [
    /^option '(?:-\w, )?(--[\w-]+) (.*)' argument missing$/,
    ({ first, second }) => ({
      where: first,
      message: 'a value must follow',
      hint: `write it as: ${first} ${second.replace(/^[<[](.*)[>\]]$/, '$1')}`,
    }),
  ],
  [
    /^option '(?:-\w, )?(--[\w-]+)(?: [^']*)?' argument '(.*)' is invalid\. Allowed choices are /s,
    ({ command, first, second }) => ({
      where: first,
      message: `"${second}" is not known`,
      hint: `choose one of: ${command.options.find(option => option.long === first)?.argChoices?.join(', ')}`,
    }),
  ],
  [
    /^option '(?:-\w, )?(--[\w-]+)(?: [^']*)?' cannot be used with option '(?:-\w, )?(--[\w-]+)/,
    ({ first, second }) => ({
      where: first,
      message: `cannot be given together with ${second}`,
      hint: 'leave one of the two out',
    }),
  ],
  [
    /^too many arguments/,
    ({ command }) => {
      const expected = command.registeredArguments.length
      return {
        where: command.args[expected] ?? path(command),
        message: expected === 0 ? `${path(command)} takes flags only` : 'is one word too many',
        hint: `all flags: ${path(command)} --help`,
      }
    },
  ],
]

/** `portcullis certs create` */
function path(command: Command): string {
  return command.parent === null ? command.name() : `${path(command.parent)} ${command.name()}`
}
