/**
 * The listening sockets of a gate: the primary alone holds them, so that no death of a worker closes one.
 * (decision P1)
 */
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { Collector } from '../../errors/collect.js'
import { ProblemsFound } from '../../errors/problem.js'
import { listenerUrl } from '../../http/listener-url.js'
import type { Listener } from '../../routes/model.js'
import { listenOptions } from '../listen-options.js'
import { listenProblem } from '../listen-problem.js'
import { addressName } from '../messages.js'

type Address = Pick<Listener, 'host' | 'port' | 'tls' | 'where'>

export interface Listeners {
  /** `https://0.0.0.0:5000`, with real ports, in the order of the configuration. */
  readonly urls: readonly string[]
  readonly ports: readonly number[]
  /**
   * Opens what is not open yet; connections that arrive there wait.
   * @throws ProblemsFound with every address that cannot be opened; nothing has changed then
   */
  prepare(next: readonly Address[]): Promise<PreparedListeners>
  /** Refuses new connections from now on. */
  close(): void
}

export interface PreparedListeners {
  /** Lets in who waits, and closes the addresses that are no longer wanted. Connections that were accepted stay. */
  commit(): void
  discard(): void
}

interface Open {
  readonly address: Address
  readonly port: number
  readonly server: Server
  /** Before `commit`. */
  readonly waiting: Set<Socket>
  inForce: boolean
}

export interface AddressesOptions {
  /** Gets every connection, unread, with the name of its address. */
  readonly onConnection: (address: string, socket: Socket) => void
  /** A connection could not be accepted; the address stays open. */
  readonly onError: (url: string, error: Error) => void
  /** Connections of an address that may wait before it is in force; one more is closed. */
  readonly maxWaiting: number
}

export function createListeners({ onConnection, onError, maxWaiting }: AddressesOptions): Listeners {
  let open = new Map<string, Open>()

  const openOne = async (address: Address): Promise<Open> => {
    const waiting = new Set<Socket>()
    // As Node's HTTP server has them: these cannot be set where nothing listens.
    const server = createServer({ pauseOnConnect: true, noDelay: true, keepAlive: true })
    const port = await listen(server, address, [...open.values()])
    const made: Open = { address, port, server, waiting, inForce: false }
    server.on('error', error => onError(urlOf(made), error))
    server.on('connection', socket => {
      // Nothing reads it yet: the worker that does sees that its client is gone.
      socket.on('error', () => {})
      if (made.inForce) onConnection(addressName(address), socket)
      else if (waiting.size < maxWaiting) waiting.add(socket)
      else socket.destroy()
    })
    return made
  }

  return {
    get urls() {
      return [...open.values()].map(urlOf)
    },
    get ports() {
      return [...open.values()].map(({ port }) => port)
    },
    async prepare(next) {
      const collector = new Collector()
      const wanted = new Map<string, Open>()
      for (const address of next) {
        const name = addressName(address)
        const kept = open.get(name)
        const one = kept === undefined ? await collector.try(() => openOne(address)) : { ...kept, address }
        if (one !== null) wanted.set(name, one)
      }
      const fresh = [...wanted].filter(([name]) => !open.has(name)).map(([, one]) => one)
      const discard = () => {
        for (const { server, waiting } of fresh) {
          server.close()
          for (const socket of waiting) socket.destroy()
        }
      }
      if (collector.found) {
        discard()
        throw collector.asError()
      }
      return {
        discard,
        commit() {
          for (const [name, { server }] of open) if (!wanted.has(name)) server.close()
          open = wanted
          for (const one of fresh) {
            one.inForce = true
            for (const socket of one.waiting) onConnection(addressName(one.address), socket)
            one.waiting.clear()
          }
        },
      }
    },
    close() {
      for (const { server } of open.values()) server.close()
      open = new Map()
    },
  }
}

const urlOf = ({ address: { host, tls }, port }: Open) => listenerUrl({ tls, host, port })

/** @throws ProblemsFound */
function listen(server: Server, address: Address, open: readonly Open[]): Promise<number> {
  const { port } = address
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const own = error.code === 'EADDRINUSE' ? open.find(other => port !== 0 && other.port === port) : undefined
      const problem =
        own === undefined
          ? listenProblem(error, address, process.platform)
          : {
              where: address.where,
              message: `port ${port} is open already as ${urlOf(own)}`,
              hint: 'a port moves to another host by a restart only',
            }
      reject(new ProblemsFound([problem]))
    })
    server.listen(listenOptions(address), () => {
      server.removeAllListeners('error')
      const bound: AddressInfo | string | null = server.address()
      resolve(typeof bound === 'object' && bound !== null ? bound.port : port)
    })
  })
}
