// @ts-check
/** One small HTTP request at a time, each on a connection of its own: for setting up, and for measuring connections. */
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { TLSSocket } from 'node:tls'

/**
 * @typedef {object} Door one of the servers as a client sees it
 * @property {string} url scheme, host and port
 * @property {string | undefined} authority the certificate to trust, PEM
 * @property {string | undefined} credentials "user:password"
 */

/**
 * @typedef {object} Answer
 * @property {number} status
 * @property {import('node:http').IncomingHttpHeaders} headers
 * @property {string} body
 * @property {string} tls version and cipher, empty without TLS
 */

/**
 * Sends a request on a new connection, with a whole TLS handshake, and reads the answer to its end.
 * @param {Door} door
 * @param {{ path: string, method?: string, headers?: Readonly<Record<string, string>>, body?: Buffer }} what
 * @returns {Promise<Answer>}
 */
export const ask = (door, { path, method = 'GET', headers = {}, body }) =>
  new Promise((resolve, reject) => {
    const url = new URL(path, door.url)
    const connection = { method, agent: false, ...(door.credentials === undefined ? {} : { auth: door.credentials }) }
    const sent = {
      ...headers,
      connection: 'close',
      ...(body === undefined ? {} : { 'content-length': `${body.length}` }),
    }
    const request =
      url.protocol === 'https:'
        ? requestHttps(url, { ...connection, headers: sent, ca: door.authority })
        : requestHttp(url, { ...connection, headers: sent })
    let tls = ''
    request.once('socket', socket => {
      socket.once('secureConnect', () => {
        if (socket instanceof TLSSocket) tls = `${socket.getProtocol()} ${socket.getCipher().name}`
      })
    })
    request.once('error', reject)
    request.once('response', response => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', chunk => {
        text += chunk
      })
      response.once('error', reject)
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text, tls }),
      )
    })
    request.end(body)
  })

/**
 * The same, but an answer with another status than the one expected is an error that says so.
 * @param {Door} door
 * @param {Parameters<typeof ask>[1]} what
 * @param {number} expected
 * @returns {Promise<Answer>}
 */
export const askFor = async (door, what, expected) => {
  const answer = await ask(door, what)
  if (answer.status === expected) return answer
  const said = answer.body.trim().slice(0, 300)
  throw new Error(`${what.method ?? 'GET'} ${door.url}${what.path} answered ${answer.status}, not ${expected}: ${said}`)
}
