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
  /** Opens a connection and does not log in. */
  open(): Promise<void>
  login(name: string, password: string): Promise<Login>
  close(): void
}

/** Each login has a connection of its own, unless told otherwise. @param localAddress of 127.0.0.0/8 */
export function clientAt(port: number, localAddress: string, options: AgentOptions = {}): LoginClient {
  const agent = new Agent({ rejectUnauthorized: false, localAddress, ...options })
  const ask = (path: string, headers: Readonly<Record<string, string>>): Promise<Login> =>
    new Promise((resolve, reject) => {
      const began = performance.now()
      const sent = request({ host: '127.0.0.1', port, path, agent, headers }, response => {
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
    })
  return {
    login: (name, password) => ask('/v2/', { authorization: basic(name, password) }),
    open: async () => void (await ask('/healthz', {})),
    close: () => agent.destroy(),
  }
}

export const statuses = (logins: readonly Login[]): number[] => logins.map(({ status }) => status)
export const times = (count: number, status: number): number[] => Array.from({ length: count }, () => status)
