/**
 * How many connections the gate has open at the same time, so that no process of it runs out of file descriptors.
 * (decision P4)
 */
import type { Problem } from '../errors/problem.js'
import { descriptorLimit } from '../files/descriptor-limit.js'
import type { Settings } from '../settings/settings.js'

export interface ConnectionLimits {
  /** Connections that all workers may have together. */
  readonly max: number
  /** Connections that one worker may have. */
  readonly perWorker: number
  /** Connections that the primary may hold: those that it is handing over, and those that wait. */
  readonly held: number
}

/** Where there is no /proc to read it from; macOS allows 10240 and more. */
const usualDescriptors = 4_096

/** For files, pipes, threads, Prometheus and Redis; each worker takes two of the primary. */
const spareDescriptors = (workers: number) => 100 + 4 * workers

/** Not even a limit that is far too low keeps everybody out. */
const leastConnections = 8

/** Who waits longer than it takes to hand over so many has given up. */
const maxHeld = 4_096

/**
 * Nine tenths of the descriptors are for connections. A worker needs two for each: a request has a connection to the backend or a file
 * as well.
 * @param descriptors that one process may have
 */
export function connectionLimits(
  { workers, connections }: Pick<Settings, 'workers' | 'connections'>,
  descriptors: number = descriptorLimit() ?? usualDescriptors,
): ConnectionLimits {
  const spare = Math.max(Math.ceil(descriptors / 10), spareDescriptors(workers))
  const usable = Math.max(2 * leastConnections, descriptors - spare)
  const perWorker = Math.floor(usable / 2)
  const max = Math.min(connections?.max ?? usable, perWorker * workers)
  return { max, perWorker, held: Math.min(usable, maxHeld) }
}

/** A limit that is said and cannot be reached is worth a look. */
export function unreachableLimit(
  settings: Pick<Settings, 'workers' | 'connections'>,
  descriptors?: number,
): readonly Problem[] {
  const { connections, workers } = settings
  const { max, perWorker } = connectionLimits(settings, descriptors)
  if (connections === null || connections.max <= max) return []
  return [
    {
      where: connections.where,
      message: `${connections.max} connections are more than the limit of file descriptors allows: ${workers} workers have ${max}, ${perWorker} each`,
      hint: 'raise the limit (ulimit -n, LimitNOFILE of systemd, --ulimit nofile of docker), or let more workers serve',
    },
  ]
}
