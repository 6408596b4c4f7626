/** Why an address could not be opened, and what to do about it; and a look whether it can, before anything is made for it. */

import { createServer } from 'node:net'
import { type Problem, ProblemsFound } from '../errors/problem.js'
import { bracketed } from '../http/listener-url.js'
import { shellWord } from '../text/shell-word.js'
import { listenOptions, socketPath } from './listen-options.js'

/** An address that a configuration names. */
export interface FailedAddress {
  readonly host: string
  readonly port: number
  /** `--listen`, `PORTCULLIS_LISTEN`, `portcullis.yaml:3`, `nginx.conf:3`. */
  readonly where: string
  /** The flag that names another one; --listen where it is absent. */
  readonly flag?: '--metrics'
}

/** @param platform as process.platform */
export function listenProblem(
  error: NodeJS.ErrnoException,
  { where, host, port, flag }: FailedAddress,
  platform: NodeJS.Platform,
): Problem {
  const path = socketPath(host)
  if (path !== null) return socketProblem(error, path, where)
  const address = `${bracketed(host)}:${port}`
  // A flag wins over portcullis.yaml, but cannot be given beside an nginx.conf.
  const another = (otherwise: string) => (/:\d+$/.test(where) ? 'write another address there' : otherwise)
  // An address for metrics always has its host.
  const take = (next: number, nextHost = host) =>
    flag === undefined ? `--listen ${next}` : `--metrics ${bracketed(nextHost)}:${next}`
  switch (error.code) {
    case 'EADDRINUSE': {
      const next = another(`take another port: ${take(port < 65_535 ? port + 1 : 5000)}`)
      if (platform === 'darwin' && port === 5000) {
        return {
          where,
          message: 'port 5000 is in use: macOS gives it to the AirPlay Receiver',
          hint: `turn that off under System Settings, General, AirDrop & Handoff, or ${next}`,
        }
      }
      const find = platform === 'linux' ? `ss -ltnp 'sport = :${port}'` : `lsof -nP -iTCP:${port} -sTCP:LISTEN`
      return {
        where,
        message: `${address} is in use by another program`,
        hint: platform === 'win32' ? next : `find it with: ${find}, or ${next}`,
      }
    }
    case 'EACCES':
      return {
        where,
        message: `this user may not open port ${port}`,
        hint: another(`take a port above 1023: ${take(flag === undefined ? 5000 : 9100)}`),
      }
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EINVAL':
      return {
        where,
        message: `${host} is no address of this machine`,
        hint: another(`listen on all addresses: ${take(port, '0.0.0.0')}`),
      }
    case 'EAFNOSUPPORT':
      return {
        where,
        message: `${address} is an IPv6 address, and this machine has no IPv6`,
        hint: another(`listen on all IPv4 addresses: ${take(port, '0.0.0.0')}`),
      }
    default:
      return { where, message: `cannot listen on ${address}: ${error.message}` }
  }
}

function socketProblem(error: NodeJS.ErrnoException, path: string, where: string): Problem {
  if (error.code !== 'EADDRINUSE') return { where, message: `cannot listen on ${path}: ${error.message}` }
  const message = `${path} exists already: another program listens on it, or was killed and left it behind`
  return { where, message, hint: `if nobody does: rm ${shellWord(path)}` }
}

/** Opens the address for a moment. @throws ProblemsFound where that cannot be done */
export function tryAddress(address: FailedAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', error => reject(new ProblemsFound([listenProblem(error, address, process.platform)])))
    server.listen(listenOptions(address), () => server.close(() => resolve()))
  })
}
