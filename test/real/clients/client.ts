/** What a client of a registry is to the tests: a name, the parts it needs, and steps that a person would take. */

import { setTimeout as delay } from 'node:timers/promises'
import type { Part } from '../parts/availability.js'
import { type Gate, type GateName, gateNames } from '../parts/gates.js'
import type { Machine } from '../parts/machine.js'
import type { Finished } from '../parts/program.js'

export interface KnownFailure {
  /** What the client then says. */
  readonly message: RegExp
  /** Why nothing is done about it. */
  readonly because: string
}

/** What every client is tried at, also where all that it can do is to say that it cannot. */
export const deeds = [
  'login',
  'wrong password',
  'push',
  'pull',
  'mount',
  'catalog',
  'delete',
  'anonymous pull',
] as const

export type Deed = (typeof deeds)[number]

/** One row of the matrix. Steps are taken in order, against an empty registry. */
export interface Step<Session> {
  readonly name: string
  readonly does?: readonly Deed[]
  /** Throws, with the client's output, when the client or what it left in the registry is not as it should be. */
  run(session: Session, gate: Gate): Promise<void>
  /** Gates at which it is known to fail; the test then demands that failure. */
  readonly fails?: Partial<Record<GateName, KnownFailure>>
}

/** For a step that the client itself cannot take, whatever the gate. */
export function cannot(message: RegExp, because: string): Partial<Record<GateName, KnownFailure>> {
  const everywhere: Partial<Record<GateName, KnownFailure>> = {}
  for (const name of gateNames) everywhere[name] = { message, because }
  return everywhere
}

export interface Client<Session = unknown> {
  readonly name: string
  readonly needs: readonly Part[]
  /** Starts what the client needs, once per machine. */
  open(machine: Machine): Promise<Session>
  readonly steps: readonly Step<Session>[]
}

/** Forgets the session's type, so that clients of every kind stand in one list. */
export function client<Session>(definition: Client<Session>): Client {
  const sessions = new WeakMap<object, Session>()
  return {
    ...definition,
    async open(machine) {
      const key = {}
      sessions.set(key, await definition.open(machine))
      return key
    },
    steps: definition.steps.map(step => ({
      ...step,
      async run(key, gate) {
        const session = typeof key === 'object' && key !== null ? sessions.get(key) : undefined
        if (session === undefined) throw new Error(`${definition.name} was not opened`)
        await step.run(session, gate)
      },
    })),
  }
}

/** Throws unless the command succeeded and, where patterns are given, printed all of them. */
export function accepted(finished: Finished, ...patterns: readonly RegExp[]): void {
  if (finished.code !== 0) throw new Error(`it should succeed, and ended with ${finished.code}:\n${finished.output}`)
  for (const pattern of patterns) {
    if (!pattern.test(finished.output)) throw new Error(`it should print ${pattern}:\n${finished.output}`)
  }
}

/** Throws unless the command failed and its message matches. */
export function refused(finished: Finished, message: RegExp): void {
  if (finished.code === 0) throw new Error(`it should be refused (${message}), and succeeded:\n${finished.output}`)
  if (!message.test(finished.output)) throw new Error(`it should fail with ${message}:\n${finished.output}`)
}

/** Throws unless both are the same. */
export function same(what: string, found: string, expected: string): void {
  if (found !== expected) throw new Error(`${what} should be "${expected}", and is "${found}"`)
}

/** Throws unless the registry has mounted that many blobs into the repository, by its log, which may be a moment late. */
export async function mounted(gate: Gate, repository: string, expected: number): Promise<void> {
  const deadline = Date.now() + 2_000
  while (gate.mounted(repository) < expected && Date.now() < deadline) await delay(20)
  same('the number of mounted blobs', String(gate.mounted(repository)), String(expected))
}
