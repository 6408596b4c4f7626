/** Kills a worker with -9 and notes whose connections it had at that moment, as the kernel has them. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/**
 * Stopped first, the worker holds what it holds: what a client loses then has to be on one of these connections.
 * @returns the clients' ports
 */
export function killWorker(pid: number, gatePort: number): ReadonlySet<number> {
  process.kill(pid, 'SIGSTOP')
  // The kernel stops it at the next moment that it looks at its signals. The state follows the name: proc(5).
  while (!/\) T /.test(readFileSync(`/proc/${pid}/stat`, 'utf8')));
  const ports = clientsOf(pid, gatePort)
  process.kill(pid, 'SIGKILL')
  return ports
}

/** The ports of the clients on 127.0.0.1 that a process is connected to on its port: /proc/net/tcp, proc(5). */
export function clientsOf(pid: number, gatePort: number): ReadonlySet<number> {
  const folder = `/proc/${pid}/fd`
  const sockets = new Set(readdirSync(folder).map(name => readlinkSync(`${folder}/${name}`)))
  const clients = readFileSync(`/proc/${pid}/net/tcp`, 'utf8')
    .split('\n')
    .slice(1)
    .map(line => line.trim().split(/\s+/))
    .filter(([, local = '', , , , , , , , inode]) => portOf(local) === gatePort && sockets.has(`socket:[${inode}]`))
    .map(([, , remote = '']) => portOf(remote))
  return new Set(clients)
}

/** Of `0100007F:1F90`. */
const portOf = (address: string) => Number.parseInt(address.split(':')[1] ?? '', 16)
