/** A balancer that passes connections on as they come, behind a PROXY header with the client's own address. */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** From where it speaks with the gate; what a gate names in `proxy_protocol`. */
export const balancerAddress = '127.0.0.9'

export interface Balancer {
  readonly port: number
  close(): void
}

/** Listens on every address of loopback. @param port of the gate @param header what it sends first; '' for nothing */
export async function startBalancer(port: number, header: (client: Socket) => string = announce): Promise<Balancer> {
  const open = new Set<Socket>()
  const server = createServer({ noDelay: true }, client => {
    const gate = connect({ host: '127.0.0.1', port, localAddress: balancerAddress, noDelay: true })
    const first = header(client)
    if (first !== '') gate.write(first)
    client.pipe(gate).pipe(client)
    for (const [socket, other] of [
      [client, gate],
      [gate, client],
    ] as const) {
      open.add(socket)
      socket.on('error', () => {})
      socket.once('close', () => {
        open.delete(socket)
        other.destroy()
      })
    }
  }).listen(0, '0.0.0.0')
  await once(server, 'listening')
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    close() {
      server.close()
      for (const socket of open) socket.destroy()
    },
  }
}

const announce = ({ remoteAddress, remotePort, localPort }: Socket) =>
  `PROXY TCP4 ${remoteAddress} 127.0.0.1 ${remotePort} ${localPort}\r\n`
