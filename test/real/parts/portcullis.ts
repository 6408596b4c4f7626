/** The product itself, as its users start it: `node dist/main.js serve ...` on a machine. */
import { portcullisMain } from './availability.js'
import type { Machine } from './machine.js'
import type { Daemon } from './program.js'

export interface Portcullis {
  readonly daemon: Daemon
  /** The port of the first address it printed. */
  readonly port: number
}

/**
 * `portcullis serve` with these flags, until it prints the first `https://HOST:PORT`. Flags replace everything that
 * it would look for in the current folder, so name what matters: --data, --cert, --key, --htpasswd.
 */
export async function startPortcullis(
  machine: Machine,
  name: string,
  flags: readonly string[],
  env?: Readonly<Record<string, string>>,
): Promise<Portcullis> {
  const daemon = machine.start(name, [process.execPath, portcullisMain, 'serve', ...flags], env)
  let port = 0
  await daemon.until(() => {
    port = Number(/^(?:listening on )?https:\/\/\S+:(\d+)$/m.exec(daemon.log())?.[1] ?? 0)
    return port !== 0
  })
  return { daemon, port }
}
