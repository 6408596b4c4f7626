/** A gate as many people build one: it compares the beginning of the raw path, and the text of the query. */
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { createServer } from 'node:tls'

export interface RawPrefixGate {
  readonly port: number
  close(): Promise<void>
}

/** Its rules: nothing of secret/, no catalog, public/ is not written to, and no mount from secret/. */
function refuses(method: string, target: string): boolean {
  const [path = '', query = ''] = target.split('?')
  if (path.startsWith('/v2/secret/') || path.startsWith('/v2/_catalog')) return true
  if (path.startsWith('/v2/public/') && ['POST', 'PUT', 'DELETE'].includes(method)) return true
  const from = query.split('&').findLast(pair => pair.startsWith('from=')) ?? ''
  return path.endsWith('/blobs/uploads/') && from.startsWith('from=secret')
}

/** As Node does where nothing else is said. */
const keptLines = 1_000

/** What comes on a connection is passed on byte for byte, but for header lines beyond those that are kept. */
export async function startRawPrefixGate(
  files: { cert: string; key: string },
  backend: number,
): Promise<RawPrefixGate> {
  const tls = { cert: readFileSync(files.cert), key: readFileSync(files.key) }
  const server = createServer(tls, client => {
    let head = ''
    const read = (chunk: Buffer) => {
      head += chunk.toString('latin1')
      const end = head.indexOf('\r\n\r\n')
      if (end === -1) return
      client.off('data', read)
      const [method = '', target = ''] = head.split(' ', 2)
      if (refuses(method, target)) {
        client.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
        return
      }
      const onward = connect(backend, '127.0.0.1')
      onward.on('error', () => client.destroy())
      const kept = head
        .slice(0, end)
        .split('\r\n')
        .slice(0, 1 + keptLines)
      onward.write(kept.join('\r\n') + head.slice(end), 'latin1')
      client.pipe(onward)
      onward.pipe(client)
    }
    client.on('data', read)
    client.on('error', () => client.destroy())
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    close: () => new Promise(resolve => server.close(() => resolve())),
  }
}
