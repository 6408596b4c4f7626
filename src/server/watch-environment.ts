/** What the primary tells a worker's watchdog (see worker/watchdog.ts), in the environment: it watches from the first moment on. */

export interface WatchSettings {
  /** The descriptor of the worker whose other end the primary reads; null where nobody does. */
  readonly reportFd: number | null
  /** Milliseconds. An event loop may stand still for 10 heartbeats, and for 30 while the worker starts. */
  readonly heartbeatMs: number
}

const variable = 'PORTCULLIS_WATCHDOG'

export const defaultHeartbeatMs = 1_000

export const watchEnvironment = ({ reportFd, heartbeatMs }: WatchSettings): Readonly<Record<string, string>> => ({
  [variable]: `${reportFd ?? ''}:${heartbeatMs}`,
})

export function readWatchEnvironment(environment: Readonly<Record<string, string | undefined>>): WatchSettings {
  const match = /^(\d*):(\d+)$/.exec(environment[variable] ?? '')
  if (match === null) return { reportFd: null, heartbeatMs: defaultHeartbeatMs }
  return { reportFd: match[1] === '' ? null : Number(match[1]), heartbeatMs: Number(match[2]) }
}
