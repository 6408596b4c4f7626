/** A client that only logs in, from an address of its own. */
import { Agent, type AgentOptions, request } from 'node:https'
import { basic } from './gate.js'

export interface Login {
  readonly status: number
  readonly body: string
  /** Without the date. */
  readonly headers: Readonly<Record<string, unknown>>
  readonly ms: number
}

export interface LoginClient {
  login(name: string, password: string): Promise<Login>
  close(): void
}

/** Each login has a connection of its own, unless told otherwise. @param localAddress of 127.0.0.0/8 */
export function clientAt(port: number, localAddress: string, options: AgentOptions = {}): LoginClient {
  const agent = new Agent({ rejectUnauthorized: false, localAddress, ...options })
  return {
    login: (name, password) =>
      new Promise((resolve, reject) => {
        const began = performance.now()
        const headers = { authorization: basic(name, password) }
        const sent = request({ host: '127.0.0.1', port, path: '/v2/', agent, headers }, response => {
          let body = ''
          response.setEncoding('utf8').on('data', (text: string) => {
            body += text
          })
          response.once('error', reject).once('end', () => {
            const { date: _, ...rest } = response.headers
            resolve({ status: response.statusCode ?? 0, body, headers: rest, ms: performance.now() - began })
          })
        })
        sent.once('error', reject).end()
      }),
    close: () => agent.destroy(),
  }
}

export const statuses = (logins: readonly Login[]): number[] => logins.map(({ status }) => status)
export const times = (count: number, status: number): number[] => Array.from({ length: count }, () => status)
