/** Reads requests as strictly as the specification allows, so that anything doubtful that reaches a backend is seen. */

/** One header line, its name as it was spelled. */
export interface ReceivedHeader {
  readonly name: string
  readonly value: string
}

/** A request whose head has arrived. */
export interface ReceivedRequest {
  readonly method: string
  readonly target: string
  readonly headers: readonly ReceivedHeader[]
  /** The body so far, without the framing of chunks. */
  readonly body: Buffer[]
  /** Whether the last byte of the body has arrived. */
  complete: boolean
  /** Lower-case names; '' where there is no such header, several values joined by `, `. */
  header(name: string): string
}

export interface Reading {
  readonly onHead: (request: ReceivedRequest) => void
  readonly onComplete: (request: ReceivedRequest) => void
  /** Bytes that are no request, or whose framing leaves room for two readings; nothing is read after them. */
  readonly onViolation: (what: string) => void
}

type State =
  | { readonly kind: 'head' }
  | { readonly kind: 'length'; left: number }
  | { readonly kind: 'chunk-size' }
  | { readonly kind: 'chunk'; left: number }
  | { readonly kind: 'trailer' }
  | { readonly kind: 'stuck' }

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/** @returns a function that takes the bytes of one connection as they come */
export function readRequests(reading: Reading): (bytes: Buffer) => void {
  let buffer = Buffer.alloc(0)
  let state: State = { kind: 'head' }
  let request: ReceivedRequest | null = null

  const stick = (what: string) => {
    state = { kind: 'stuck' }
    reading.onViolation(what)
  }
  const finish = () => {
    state = { kind: 'head' }
    if (request === null) return
    request.complete = true
    reading.onComplete(request)
  }
  /** Takes the bytes before `end` and drops `end`; null while it has not come. */
  const take = (end: string): string | null => {
    const index = buffer.indexOf(end, 0, 'latin1')
    if (index === -1) return null
    const text = buffer.toString('latin1', 0, index)
    buffer = buffer.subarray(index + end.length)
    return text
  }
  const takeBody = (most: number): number => {
    const piece = buffer.subarray(0, most)
    buffer = buffer.subarray(piece.length)
    if (piece.length > 0) request?.body.push(piece)
    return piece.length
  }

  /** @returns whether there may be more to do with the bytes that are there */
  const step = (): boolean => {
    switch (state.kind) {
      case 'head': {
        const head = take('\r\n\r\n')
        if (head === null) return false
        const parsed = parseHead(head)
        if (typeof parsed === 'string') {
          stick(parsed)
          return false
        }
        request = parsed.request
        state = parsed.length === 'chunked' ? { kind: 'chunk-size' } : { kind: 'length', left: parsed.length }
        reading.onHead(request)
        return true
      }
      case 'length':
        state.left -= takeBody(state.left)
        if (state.left > 0) return false
        finish()
        return true
      case 'chunk-size': {
        const size = take('\r\n')
        if (size === null) return false
        if (!/^[0-9A-Fa-f]{1,12}$/.test(size)) {
          stick(`chunk size ${JSON.stringify(size)}`)
          return false
        }
        const left = Number.parseInt(size, 16)
        state = left === 0 ? { kind: 'trailer' } : { kind: 'chunk', left }
        return true
      }
      case 'chunk': {
        state.left -= takeBody(state.left)
        if (state.left > 0 || buffer.length < 2) return false
        if (take('\r\n') !== '') {
          stick('a chunk is longer than its size')
          return false
        }
        state = { kind: 'chunk-size' }
        return true
      }
      case 'trailer': {
        const line = take('\r\n')
        if (line === null) return false
        if (line === '') finish()
        else stick(`trailer ${JSON.stringify(line)}`)
        return true
      }
      case 'stuck':
        return false
    }
  }
  return bytes => {
    buffer = buffer.length === 0 ? bytes : Buffer.concat([buffer, bytes])
    let goOn = buffer.length > 0
    while (goOn) goOn = step() && (buffer.length > 0 || state.kind === 'length')
  }
}

function parseHead(head: string): { request: ReceivedRequest; length: number | 'chunked' } | string {
  const [first = '', ...lines] = head.split('\r\n')
  const [method = '', target = '', version = '', ...rest] = first.split(' ')
  if (!/^[A-Z]+$/.test(method) || !target.startsWith('/') || version !== 'HTTP/1.1' || rest.length > 0)
    return `request line ${JSON.stringify(first)}`
  const headers: ReceivedHeader[] = []
  for (const line of lines) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
    if (colon === -1 || !token.test(name) || /[\u0000-\u0008\u000a-\u001f\u007f]/.test(line))
      return `header line ${JSON.stringify(line)}`
    headers.push({ name, value: line.slice(colon + 1).trim() })
  }
  const values = (name: string) => headers.filter(each => each.name.toLowerCase() === name).map(each => each.value)
  const lengths = values('content-length')
  const codings = values('transfer-encoding')
  if (lengths.length + codings.length > 1) return `framed more than once: ${JSON.stringify(head)}`
  const [coding] = codings
  const [length = '0'] = lengths
  if (coding !== undefined && coding !== 'chunked') return `transfer-encoding ${JSON.stringify(coding)}`
  if (!/^\d+$/.test(length)) return `content-length ${JSON.stringify(length)}`
  return {
    request: {
      method,
      target,
      headers,
      body: [],
      complete: false,
      header: name => values(name).join(', '),
    },
    length: coding === undefined ? Number(length) : 'chunked',
  }
}
