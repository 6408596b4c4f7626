/** Clients that push and pull without a pause and try again where a connection breaks, as registry clients do. */
import { randomBytes } from 'node:crypto'
import { Agent } from 'node:https'
import { digestOf, pushBlob, send } from '../../end-to-end/parts/load.js'

export interface PatientClients {
  /** Blobs that were pushed and pulled again, byte for byte. */
  readonly done: number
  /** Those of them that took more than one attempt, and all attempts that failed. */
  readonly again: number
  readonly failures: ReadonlyMap<string, number>
  /** What did not come about in spite of every attempt, or came back with other bytes. */
  readonly lost: readonly string[]
  /** Ends after what is under way. */
  stop(): Promise<void>
}

export interface PatientOptions {
  readonly port: number
  readonly authorization: string
  readonly clients: number
  readonly blobBytes: number
  readonly attempts: number
}

/** Each on a repository and connections of its own. */
export function startPatientClients(options: PatientOptions): PatientClients {
  const { port, authorization, clients, blobBytes, attempts } = options
  const failures = new Map<string, number>()
  const lost: string[] = []
  let running = true
  let done = 0
  let again = 0

  /** @returns how many attempts it took, or null where none of them succeeded */
  const patiently = async (attempt: () => Promise<string>): Promise<number | null> => {
    for (let count = 1; count <= attempts; count++) {
      const outcome = await attempt().catch(reason)
      if (outcome === 'done') return count
      failures.set(outcome, (failures.get(outcome) ?? 0) + 1)
    }
    return null
  }
  const client = async (repository: string) => {
    while (running) {
      const blob = randomBytes(blobBytes)
      const pushed = await patiently(async () => {
        const agent = new Agent({ keepAlive: true, maxSockets: 1 })
        try {
          const statuses = await pushBlob({ port, authorization, agent }, repository, blob)
          return statuses.join() === '202,202,201' ? 'done' : `push ${statuses.join(' ')}`
        } finally {
          agent.destroy()
        }
      })
      const pulled = await patiently(async () => {
        const path = `/v2/${repository}/blobs/${digestOf(blob)}`
        const { status, body } = await send({ port, authorization }, 'GET', path)
        if (status === 200 && !body.equals(blob)) lost.push(`${repository}: other bytes`)
        return status === 200 ? 'done' : `pull ${status}`
      })
      if (pushed === null || pulled === null) lost.push(`${repository}: ${pushed === null ? 'push' : 'pull'}`)
      else done++
      if ((pushed ?? 0) + (pulled ?? 0) > 2) again++
    }
  }
  const all = Array.from({ length: clients }, (_, index) => client(`patient/client-${index}`))
  return {
    get done() {
      return done
    },
    get again() {
      return again
    },
    failures,
    lost,
    async stop() {
      running = false
      await Promise.all(all)
    },
  }
}

const reason = (error: unknown) =>
  error instanceof Error && 'code' in error ? String(error.code) : error instanceof Error ? error.message : 'unknown'
