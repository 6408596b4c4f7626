/** Clients that push and pull without a pause, look at every byte, and keep count of what became of each request. */
import { createHash, randomBytes } from 'node:crypto'
import { Agent, request } from 'node:https'

export interface Load {
  /** `pull 200` or `push ECONNRESET` -> how often. */
  readonly outcomes: ReadonlyMap<string, number>
  /** Requests that were answered as they should be. */
  readonly done: number
  readonly lost: readonly Lost[]
  /** Ends after the requests under way. */
  stop(): Promise<void>
}

/** A request that was not answered as it should be. */
export interface Lost {
  readonly outcome: string
  /** The client's port, by which its connection can be told from others; 0 where there was none. */
  readonly from: number
}

export interface LoadOptions {
  readonly port: number
  readonly authorization: string
  readonly pullers: number
  readonly pushers: number
  readonly blobBytes?: number
}

interface Sent {
  readonly status: number
  readonly body: Buffer
  readonly location: string
}

/** As registries write it. */
export const digestOf = (bytes: Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

/** The gate did not take the connection. */
export class NotConnected extends Error {
  constructor(cause: Error) {
    super(`not connected: ${'code' in cause ? cause.code : cause.message}`, { cause })
  }
}

export interface Sender {
  readonly port: number
  /** '' for none. */
  readonly authorization: string
  /** `application/octet-stream` unless told. */
  readonly contentType?: string
  readonly agent?: Agent
  /** Told of the client's port as soon as there is a connection. */
  readonly onConnection?: (from: number) => void
}

/** One request; rejects where no whole answer came. */
export function send(options: Sender, method: string, path: string, body: Buffer = Buffer.alloc(0)): Promise<Sent> {
  return new Promise((resolve, reject) => {
    const { port, authorization, agent, contentType = 'application/octet-stream', onConnection = () => {} } = options
    const login = authorization === '' ? {} : { authorization }
    const headers = { ...login, 'content-length': body.length, 'content-type': contentType }
    const sent = request(
      { host: '127.0.0.1', port, method, path, headers, agent: agent ?? false, rejectUnauthorized: false },
      response => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.once('error', reject)
        response.once('end', () => {
          const { statusCode = 0, headers: answer } = response
          resolve({ status: statusCode, body: Buffer.concat(chunks), location: answer.location ?? '' })
        })
      },
    )
    sent.setTimeout(30_000, () => sent.destroy(new Error('no answer within 30 s')))
    let connected = false
    sent.once('socket', socket => {
      connected = sent.reusedSocket
      if (connected) onConnection(socket.localPort ?? 0)
      else socket.once('connect', () => onConnection(socket.localPort ?? 0))
      socket.once('secureConnect', () => {
        connected = true
      })
    })
    sent.once('error', error => reject(connected ? error : new NotConnected(error)))
    sent.end(body)
  })
}

/** Pushes a blob in one POST, PATCH and PUT over the agent's connection. @returns the statuses */
export async function pushBlob(
  options: Sender & { readonly agent: Agent },
  repository: string,
  blob: Buffer,
): Promise<number[]> {
  const started = await send(options, 'POST', `/v2/${repository}/blobs/uploads/`)
  const patched = await send(options, 'PATCH', started.location, blob)
  const mark = patched.location.includes('?') ? '&' : '?'
  const put = await send(options, 'PUT', `${patched.location}${mark}digest=${encodeURIComponent(digestOf(blob))}`)
  return [started.status, patched.status, put.status]
}

/**
 * Every pull is a connection of its own; every push keeps one for its three requests. The gate has an embedded registry. A client ends
 * when its port is closed.
 */
export async function startLoad(options: LoadOptions): Promise<Load> {
  const { blobBytes = 256 * 1024 } = options
  const outcomes = new Map<string, number>()
  const lost: Lost[] = []
  let done = 0
  let running = true
  const count = (outcome: string, right: boolean, from: number, times = 1) => {
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + times)
    if (right) done += times
    else lost.push({ outcome, from })
  }
  const reason = (error: unknown) =>
    error instanceof Error && 'code' in error ? String(error.code) : error instanceof Error ? error.message : 'unknown'

  const shared = randomBytes(blobBytes)
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  await pushBlob({ ...options, agent }, 'load/shared', shared)
  agent.destroy()

  const pull = async () => {
    while (running) {
      let from = 0
      const onConnection = (port: number) => {
        from = port
      }
      try {
        const client = { ...options, onConnection }
        const { status, body } = await send(client, 'GET', `/v2/load/shared/blobs/${digestOf(shared)}`)
        count(`pull ${status}`, status === 200 && body.equals(shared), from)
      } catch (error) {
        count(`pull ${reason(error)}`, false, from)
        if (isClosed(error)) return
      }
    }
  }
  const push = async (repository: string) => {
    while (running) {
      const own = new Agent({ keepAlive: true, maxSockets: 1 })
      let from = 0
      const onConnection = (port: number) => {
        from = port
      }
      try {
        const statuses = await pushBlob({ ...options, agent: own, onConnection }, repository, randomBytes(blobBytes))
        count(`push ${statuses.join(' ')}`, statuses.join() === '202,202,201', from, 3)
      } catch (error) {
        count(`push ${reason(error)}`, false, from)
        if (isClosed(error)) return
      } finally {
        own.destroy()
      }
    }
  }
  const clients = [
    ...Array.from({ length: options.pullers }, pull),
    ...Array.from({ length: options.pushers }, (_, index) => push(`load/pusher-${index}`)),
  ]
  return {
    outcomes,
    lost,
    get done() {
      return done
    },
    async stop() {
      running = false
      await Promise.all(clients)
    },
  }
}

/** Whether a request was lost to a gate that takes no more connections: it was never taken. */
export const neverTaken = ({ outcome }: Lost): boolean => / not connected: /.test(outcome)

const isClosed = (error: unknown) => error instanceof NotConnected && error.message.endsWith('ECONNREFUSED')

/** The outcomes as lines, for people. */
export const outcomeTable = (load: Load): string =>
  [...load.outcomes]
    .sort()
    .map(([what, times]) => `  ${String(times).padStart(6)}  ${what}`)
    .join('\n')
