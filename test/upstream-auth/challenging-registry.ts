/** A registry that asks for a login, and its token service, on one port of loopback: both do what a test tells them. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

/** The account of the gate: a password that no client of the gate knows. */
export const robot = { username: 'robot', password: 'the-password-behind' } as const

/** What the account sends as Basic. */
export const robotBasic = `Basic ${Buffer.from(`${robot.username}:${robot.password}`).toString('base64')}`

type Script = (request: IncomingMessage, response: ServerResponse) => void

export interface TokenRequest {
  /** One entry per parameter, in the order of the query. */
  readonly query: URLSearchParams
  readonly authorization: string | null
}

export interface ChallengingRegistry {
  readonly url: string
  /** What was asked of the registry itself, in order: `PUT /v2/app/manifests/1 Bearer token-1`. */
  readonly requests: string[]
  readonly tokenRequests: TokenRequest[]
  /** The scheme that it asks for; `bearer` unless told. */
  scheme: 'basic' | 'bearer' | 'none'
  /** What it says in WWW-Authenticate, where that is to be something else. */
  challenge: string | null
  /** Seconds; null leaves it out of the answer. */
  expiresIn: number | null
  /** Who may have a token. null: nobody has to say who he is. */
  account: string | null
  /** Answers for the token service instead of the usual answer. */
  answerToken: Script | null
  /** Answers for the registry, once the login is right; an empty 200 unless told. */
  answer: Script
  /** A new token, for scripts. */
  issue(): string
  /** No token that was issued so far is taken any more. */
  revoke(): void
  /** How many connections there are. */
  readonly connections: () => Promise<number>
  close(): Promise<void>
}

export async function startChallengingRegistry(): Promise<ChallengingRegistry> {
  const issued = new Set<string>()
  let count = 0
  const server = createServer((request, response) => {
    const target = new URL(request.url ?? '/', registry.url)
    const { authorization = null } = request.headers
    if (target.pathname === '/token') {
      registry.tokenRequests.push({ query: target.searchParams, authorization })
      if (registry.answerToken !== null) return registry.answerToken(request, response)
      if (registry.account !== null && authorization !== registry.account) {
        return void response.writeHead(401).end('{"details":"incorrect username or password"}')
      }
      const token = registry.issue()
      const life = registry.expiresIn === null ? {} : { expires_in: registry.expiresIn }
      return void response.end(JSON.stringify({ token, ...life }))
    }
    registry.requests.push(`${request.method} ${request.url} ${authorization ?? 'nobody'}`)
    if (accepts(authorization)) return registry.answer(request, response)
    const { scheme } = registry
    const asks = scheme === 'basic' ? 'Basic realm="behind"' : `Bearer realm="${registry.url}/token",service="behind"`
    response.writeHead(401, { 'WWW-Authenticate': registry.challenge ?? asks })
    response.end('{"errors":[{"code":"UNAUTHORIZED","message":"the registry itself says so"}]}')
  })
  const accepts = (authorization: string | null): boolean => {
    if (registry.scheme === 'none') return true
    if (authorization === null) return false
    if (registry.scheme === 'basic') return authorization === robotBasic
    return issued.has(authorization.replace(/^Bearer /, ''))
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const registry: ChallengingRegistry = {
    url: `http://127.0.0.1:${port}`,
    requests: [],
    tokenRequests: [],
    scheme: 'bearer',
    challenge: null,
    expiresIn: 300,
    account: robotBasic,
    answerToken: null,
    answer: (request, response) => {
      request.resume()
      request.once('end', () => response.end())
    },
    issue() {
      const token = `token-${++count}`
      issued.add(token)
      return token
    },
    revoke: () => issued.clear(),
    connections: () =>
      new Promise((resolve, reject) =>
        server.getConnections((error, open) => (error === null ? resolve(open) : reject(error))),
      ),
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return registry
}
