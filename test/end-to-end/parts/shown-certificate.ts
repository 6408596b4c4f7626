/** What certificate a port shows to those who ask. */
import { once } from 'node:events'
import { connect } from 'node:tls'

/** The SHA-256 fingerprints that `times` new connections see, each once. */
export async function shownCertificates(port: number, times: number): Promise<string[]> {
  const seen = new Set<string>()
  for (let index = 0; index < times; index++) {
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false })
    socket.on('error', () => {})
    await once(socket, 'secureConnect')
    seen.add(socket.getPeerCertificate().fingerprint256)
    socket.destroy()
  }
  return [...seen]
}
