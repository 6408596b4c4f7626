/** A client of a gate in token mode: sends requests on connections of their own, and looks into the tokens that it gets. */
import { setTimeout as delay } from 'node:timers/promises'
import { type Answer, exchange, request } from './raw-client.js'

export interface Asking {
  readonly authorization?: string
  /** Without it: localhost with the port. */
  readonly host?: string
  /** Further header lines. */
  readonly lines?: readonly string[]
  readonly body?: string
}

export const bearer = (token: string): string => `Bearer ${token}`

/** One request; workers take turns, so that two of them reach both. */
export async function ask(port: number, method: string, target: string, asking: Asking = {}): Promise<Answer> {
  const { authorization, host = `localhost:${port}`, lines = [], body = '' } = asking
  const length = lines.some(line => /^transfer-encoding/i.test(line)) ? [] : [`Content-Length: ${body.length}`]
  const head = [
    `${method} ${target} HTTP/1.1`,
    `Host: ${host}`,
    ...(authorization === undefined ? [] : [`Authorization: ${authorization}`]),
    ...lines,
    ...length,
  ]
  const answers = await exchange(port, request(head, body))
  const answer = answers.find(({ status }) => status >= 200)
  if (answer === undefined) throw new Error(`${method} ${target}: no answer came`)
  return answer
}

/** A form by POST. */
export function post(port: number, form: string, lines: readonly string[] = []): Promise<Answer> {
  const type = 'Content-Type: application/x-www-form-urlencoded'
  return ask(port, 'POST', '/auth/token', { lines: lines.length === 0 ? [type] : lines, body: form })
}

export interface Issued {
  readonly token: string
  readonly access_token: string
  readonly expires_in: number
  readonly refresh_token?: string
  readonly scope?: string
}

/** What a token endpoint says that has issued one. */
export function issuedBy(answer: Answer): Issued {
  if (answer.status !== 200) throw new Error(`no token but ${answer.status}: ${answer.body}`)
  return JSON.parse(answer.body)
}

/** Of a token, unchecked: `repository:team/app:pull,push`, each scope as a text. */
export function grantsOf(token: string): string[] {
  const { access }: { access: { type: string; name: string; actions: string[] }[] } = claimsOf(token)
  return access.map(({ type, name, actions }) => `${type}:${name}:${actions.join(',')}`)
}

export function claimsOf(token: string) {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
}

/**
 * Asks until `look` is content with as many answers in a row as would reach every worker. @returns how long that took, in milliseconds
 */
export async function untilEverywhere(work: () => Promise<Answer>, look: (answer: Answer) => boolean): Promise<number> {
  const began = performance.now()
  const inARow = 4
  let content = 0
  let first = 0
  while (content < inARow) {
    const answer = await work()
    if (look(answer)) {
      if (content === 0) first = performance.now() - began
      content += 1
    } else content = 0
    if (performance.now() - began > 15_000) throw new Error(`still ${answer.status} after 15 s: ${answer.body}`)
    if (content === 0) await delay(20)
  }
  return first
}
