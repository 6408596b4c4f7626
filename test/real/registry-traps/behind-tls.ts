/** Plain TLS in front of a registry: the requests that the gate is sent reach it byte for byte. */
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { createServer } from 'node:tls'

export interface Tunnel {
  readonly port: number
  close(): Promise<void>
}

/** @param files of a certificate and its key */
export async function startTunnel(files: { cert: string; key: string }, registry: number): Promise<Tunnel> {
  const server = createServer({ cert: readFileSync(files.cert), key: readFileSync(files.key) }, client => {
    const onward = connect(registry, '127.0.0.1')
    client.on('error', () => onward.destroy())
    onward.on('error', () => client.destroy())
    client.pipe(onward).pipe(client)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    close: () => new Promise(resolve => server.close(() => resolve())),
  }
}
