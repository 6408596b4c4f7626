/** An ear for what a registry notifies: who did what, as it understood. Format: docker-registry's "Work with notifications". */
import { createServer } from 'node:http'

export interface Notified {
  readonly action: string
  readonly repository: string
  /** '' where the registry knows no name. */
  readonly actor: string
  /** From where the request came, without a port where a header says it. */
  readonly address: string
  /** The User-Agent of the request. */
  readonly agent: string
}

export interface Ear {
  readonly url: string
  readonly heard: readonly Notified[]
  close(): Promise<void>
}

interface Envelope {
  readonly events: readonly {
    readonly action: string
    readonly target: { readonly repository: string }
    readonly request: { readonly addr: string; readonly useragent: string }
    readonly actor: { readonly name?: string }
  }[]
}

export async function startEar(): Promise<Ear> {
  const heard: Notified[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { events }: Envelope = JSON.parse(Buffer.concat(chunks).toString())
      for (const { action, target, request, actor } of events) {
        const { addr: address, useragent: agent } = request
        heard.push({ action, repository: target.repository, actor: actor.name ?? '', address, agent })
      }
      response.end()
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}/`,
    heard,
    close: () => {
      server.closeAllConnections()
      return new Promise(resolve => server.close(() => resolve()))
    },
  }
}
