/** A client that sends exactly the bytes it is told to, and reads answers without forgiving anything. */
import { once } from 'node:events'
import { connect, type TLSSocket } from 'node:tls'

/** What is never reached but where a test fails, on a busy machine neither. */
const patienceMs = 15_000

export interface Answer {
  readonly status: number
  /** Lower-case names; every value of each. */
  readonly headers: ReadonlyMap<string, readonly string[]>
  readonly body: string
  /** Whether the body is there to its last byte. */
  readonly complete: boolean
}

export interface RawClient {
  readonly socket: TLSSocket
  send(bytes: string | Buffer): void
  /** Everything that came so far, one character per byte. */
  received(): string
  /** The answers in it; the last one may be incomplete. `head`: the answers are to HEAD requests. */
  answers(head?: boolean): Answer[]
  /** Whether the connection has ended, in whatever way. */
  readonly closed: boolean
  /** Resolves when the condition holds or the connection has ended; throws after `timeout` ms. */
  until(condition: () => boolean, timeout?: number): Promise<void>
  /** Resolves when the connection has ended; throws after `timeout` ms. */
  ended(timeout?: number): Promise<void>
  destroy(): void
}

/** Connects to a port of loopback by TLS; the certificate is not looked at. */
export async function connectRaw(port: number, alpn: readonly string[] = []): Promise<RawClient> {
  const protocols = alpn.length === 0 ? {} : { ALPNProtocols: [...alpn] }
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...protocols })
  await once(socket, 'secureConnect')
  const chunks: Buffer[] = []
  const waiting = new Set<() => void>()
  let closed = false
  let text: string | null = ''
  const wake = () => {
    for (const look of [...waiting]) look()
  }
  socket.on('data', chunk => {
    chunks.push(chunk)
    text = null
    wake()
  })
  // The end is seen by `closed`, however it came.
  socket.on('error', () => {})
  socket.once('end', () => socket.end())
  socket.once('close', () => {
    closed = true
    wake()
  })
  const received = () => {
    text ??= Buffer.concat(chunks).toString('latin1')
    return text
  }
  const until = (condition: () => boolean, timeout = patienceMs) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (!closed && !condition()) return
        clearTimeout(late)
        waiting.delete(look)
        resolve()
      }
      const late = setTimeout(() => {
        waiting.delete(look)
        reject(new Error(`nothing after ${timeout} ms; received so far: ${JSON.stringify(received().slice(-300))}`))
      }, timeout)
      waiting.add(look)
      look()
    })
  return {
    socket,
    send: bytes => void (typeof bytes === 'string' ? socket.write(bytes, 'latin1') : socket.write(bytes)),
    received,
    answers: (head = false) => parseAnswers(received(), head),
    get closed() {
      return closed
    },
    until,
    ended: timeout => until(() => false, timeout),
    destroy: () => socket.destroy(),
  }
}

/** Sends bytes on a new connection and gives what came back until `answers` of them are whole or the connection ended. */
export async function exchange(
  port: number,
  bytes: string,
  { answers = 1, timeout = patienceMs }: { readonly answers?: number; readonly timeout?: number } = {},
): Promise<Answer[]> {
  const client = await connectRaw(port)
  const head = bytes.startsWith('HEAD ')
  client.send(bytes)
  try {
    await client.until(() => client.answers(head).filter(final).length >= answers, timeout)
    return client.answers(head)
  } finally {
    client.destroy()
  }
}

const final = (answer: Answer) => answer.complete && answer.status >= 200

/** The text of a request with its lines ended properly; `body` follows as it is. */
export const request = (lines: readonly string[], body = ''): string => `${lines.join('\r\n')}\r\n\r\n${body}`

/** The first value of a header, '' where there is none. */
export const header = (answer: Answer | undefined, name: string): string => answer?.headers.get(name)?.[0] ?? ''

/** @param text one character per byte */
export function parseAnswers(text: string, isHead: boolean): Answer[] {
  const answers: Answer[] = []
  let rest = text
  while (rest !== '') {
    const end = rest.indexOf('\r\n\r\n')
    const match = /^HTTP\/1\.1 (\d{3}) [^\r\n]*\r\n/.exec(rest)
    if (end === -1 || match === null) return [...answers, { ...nothing, body: rest }]
    const headers = new Map<string, string[]>()
    for (const line of rest.slice(match[0].length, end).split('\r\n')) {
      const colon = line.indexOf(':')
      const name = line.slice(0, colon).toLowerCase()
      headers.set(name, [...(headers.get(name) ?? []), line.slice(colon + 1).trim()])
    }
    const status = Number(match[1])
    const after = rest.slice(end + 4)
    const bodyless = isHead || status < 200 || status === 204 || status === 304
    const { body, complete, left } = bodyless ? { body: '', complete: true, left: after } : readBody(headers, after)
    answers.push({ status, headers, body, complete })
    rest = left
  }
  return answers
}

const nothing = { status: 0, headers: new Map<string, string[]>(), complete: false }

interface Body {
  readonly body: string
  readonly complete: boolean
  readonly left: string
}

function readBody(headers: ReadonlyMap<string, readonly string[]>, text: string): Body {
  if (headers.get('transfer-encoding')?.[0] === 'chunked') return readChunks(text)
  const length = Number(headers.get('content-length')?.[0] ?? Number.NaN)
  // Without a length only the end of the connection ends it, which is never a proof that it is whole.
  if (Number.isNaN(length)) return { body: text, complete: false, left: '' }
  return { body: text.slice(0, length), complete: text.length >= length, left: text.slice(length) }
}

function readChunks(text: string): Body {
  let body = ''
  let rest = text
  while (true) {
    const match = /^([0-9a-f]+)\r\n/i.exec(rest)
    if (match === null) return { body, complete: false, left: '' }
    const size = Number.parseInt(match[1] ?? '', 16)
    const from = match[0].length
    if (rest.length < from + size + 2) return { body: body + rest.slice(from, from + size), complete: false, left: '' }
    body += rest.slice(from, from + size)
    rest = rest.slice(from + size + 2)
    if (size === 0) return { body, complete: true, left: rest }
  }
}
