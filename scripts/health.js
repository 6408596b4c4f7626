// The image's health check: every port that this container listens on has to answer /healthz, whatever its answer is. 401 is health, and
// so is 502: starting the gate anew would not bring a lost registry back. (decision P18)
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'

/** Milliseconds until a silent port counts as dead; less than the timeout of HEALTHCHECK. */
const usualPatience = 4_000

/**
 * Addresses in the state LISTEN (0A) that belong to one of these sockets; proc(5), /proc/net/tcp.
 * @param {string} table the text of /proc/net/tcp or /proc/net/tcp6
 * @param {ReadonlySet<string>} inodes of the sockets that count: docker's own resolver listens here as well
 * @returns {{ host: string, port: number }[]} with the loopback address in place of 0.0.0.0 and ::
 */
export function listeningAddresses(table, inodes) {
  return table
    .split('\n')
    .slice(1)
    .flatMap(line => {
      const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/)
      const [address = '', port = ''] = local.split(':')
      if (state !== '0A' || !inodes.has(inode)) return []
      return [{ host: hostOf(address), port: Number.parseInt(port, 16) }]
    })
}

/** Words of 32 bits, each in the order of a little-endian machine. */
function hostOf(hex) {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap(word => (word.match(/../g) ?? []).reverse())
  if (bytes.every(byte => byte === '00')) return bytes.length === 4 ? '127.0.0.1' : '::1'
  if (bytes.length === 4) return bytes.map(byte => Number.parseInt(byte, 16)).join('.')
  return Array.from({ length: 8 }, (_, index) => bytes[2 * index] + bytes[2 * index + 1]).join(':')
}

/** Inodes of the sockets of all processes that this one may look at: those of its container. */
function ownSockets() {
  const inodes = new Set()
  for (const pid of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
    for (const target of linksIn(`/proc/${pid}/fd`)) {
      const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1]
      if (inode !== undefined) inodes.add(inode)
    }
  }
  return inodes
}

/** What has just been closed, and what is not ours, is passed over. */
function linksIn(folder) {
  try {
    return readdirSync(folder).flatMap(name => {
      try {
        return [readlinkSync(`${folder}/${name}`)]
      } catch {
        return []
      }
    })
  } catch {
    return []
  }
}

/**
 * Rejects unless the port answers by TLS or, where it does not speak that, by plain HTTP.
 * @param {{ host: string, port: number }} address
 */
export async function answers({ host, port }, patience = usualPatience) {
  const address = { host, port, path: '/healthz', headers: { 'User-Agent': 'portcullis-health' }, timeout: patience }
  try {
    // Whether clients trust the certificate is their affair: it names no loopback address, as a rule.
    await ask(httpsRequest({ ...address, rejectUnauthorized: false }))
  } catch (error) {
    // It has said something, if not in TLS.
    if (error.code === 'EPROTO' || error.code === 'ERR_SSL_WRONG_VERSION_NUMBER') await ask(httpRequest(address), true)
    else throw error
  }
}

/** @param greeted whether the port has shown already that somebody answers there */
function ask(request, greeted = false) {
  return new Promise((resolve, reject) => {
    request.once('socket', socket => socket.once('secureConnect', () => (greeted = true)))
    request.once('response', response => {
      response.resume()
      resolve()
    })
    request.once('timeout', () => request.destroy(new Error(`no answer in time`)))
    // `return 444` in an nginx.conf: closing the connection is the answer.
    request.once('error', error => (greeted && error.code === 'ECONNRESET' ? resolve() : reject(error)))
    request.end()
  })
}

async function check() {
  const inodes = ownSockets()
  const tables = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap(file =>
    listeningAddresses(readFileSync(file, 'utf8'), inodes),
  )
  if (tables.length === 0) throw new Error('nothing listens here yet')
  for (const address of tables) {
    await answers(address).catch(error => {
      throw new Error(`${address.host} port ${address.port}: ${error.message}`)
    })
  }
  return tables.map(({ host, port }) => `${host} port ${port} answers`).join(', ')
}

if (import.meta.filename === process.argv[1]) {
  try {
    process.stdout.write(`${await check()}\n`)
  } catch (error) {
    process.stdout.write(`${error.message}\n`)
    process.exitCode = 1
  }
}
