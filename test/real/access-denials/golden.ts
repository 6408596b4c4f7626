/** test/cases/access/denials.txt: what is typed into every client, and what a person then reads. */
import { readFileSync } from 'node:fs'
import type { Finished } from '../parts/program.js'

/** What every client is tried at, allowed and denied. */
export const actions = ['pull', 'push', 'overwrite', 'delete', 'mount'] as const
export type Action = (typeof actions)[number]

/** `$ ` begins a command of ci, who may do little; `alice$ ` one of alice, who may do everything. */
export interface Command {
  readonly prompt: string
  readonly line: string
}

/** One row of the matrix. */
export interface Row {
  /** Such as `delete, denied`, and behind it why it is done by other means, or not at all. */
  readonly title: string
  readonly action: Action
  readonly allowed: boolean
  /** None where the client cannot do it. */
  readonly commands: readonly Command[]
  /** The commands, each with the last line of its output and its exit code. */
  readonly text: string
}

const golden = readFileSync(new URL('../../cases/access/denials.txt', import.meta.url), 'utf8')

/** By `CLIENT, MODE`. Throws where a heading is none. */
export const sections: ReadonlyMap<string, readonly Row[]> = new Map(
  parts(golden, /^# /m).map(([heading, text]) => [heading, parts(text, /^## /m).map(readRow)]),
)

function parts(text: string, mark: RegExp): readonly (readonly [heading: string, text: string])[] {
  return text
    .split(mark)
    .slice(1)
    .map(part => {
      const [heading = '', ...lines] = part.split('\n')
      return [heading, lines.join('\n').trim()]
    })
}

function readRow([title, text]: readonly [title: string, text: string]): Row {
  const [, name, verdict] = /^(\w+), (allowed|denied)(?:, |: |$)/.exec(title) ?? []
  const action = actions.find(each => each === name)
  if (action === undefined) throw new Error(`denials.txt: "## ${title}" is no row`)
  const commands = [...text.matchAll(/^((?:alice)?\$ )(.+)$/gm)].map(([, prompt = '', line = '']) => ({ prompt, line }))
  return { title, action, allowed: verdict === 'allowed', commands, text }
}

/** The repository that a command speaks of at last, as in `GATE/team/app:1`. */
export function repositoryIn(line: string): string {
  return /^.*GATE\/(?:v2\/)?([a-z/-]+?)(?:\/(?:manifests|blobs|tags)\/|[:@]|$)/.exec(line)?.[1] ?? ''
}

/** What a command printed at last, without what changes from run to run. Of one that succeeded nothing is of interest here. */
export function told({ code, output }: Finished, address: string): string {
  if (code === 0) return 'exit 0'
  const plain = (output.trimEnd().split('\n').at(-1) ?? '')
    .replaceAll(address, 'GATE')
    .replace(/^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d /, '')
    .replace(/^time="[^"]*" /, '')
    .replace(/sha256:[0-9a-f]{64}/g, 'DIGEST')
    .replace(/blobs\/uploads\/[^"\s]*/g, 'blobs/uploads/...')
    .replace(/\/[^\s":]*\/denials\.yaml/g, 'denials.yaml')
  return `${plain}\nexit ${code}`
}
