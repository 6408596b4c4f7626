// @ts-check
/** Small authenticated requests: many over a few connections (wrk), and each on a connection of its own. */
import { askFor } from './ask.js'
import { smallRequest } from './image.js'
import { spentDuring } from './processor-time.js'
import { run } from './started.js'

/** @typedef {import('./ask.js').Door} Door */

/** How many connections are open at once in both kinds. */
const connections = 16

/**
 * What one request took.
 * @typedef {object} PerRequest
 * @property {number} processor milliseconds of the server
 * @property {number} wall milliseconds of the whole, divided by the number of requests
 * @property {number} requests how many were answered
 */

/**
 * How many requests wrk has seen answered. Throws when one of them failed, or another status than 2xx or 3xx came.
 * @param {string} output of wrk
 * @returns {number}
 */
export const requestsOfWrk = output => {
  const failed = /Non-2xx or 3xx responses: \d+/.exec(output) ?? /Socket errors: .*/.exec(output)
  // A server that closes a connection after some number of requests, as nginx does, is no failure to wrk.
  if (failed !== null) throw new Error(`wrk: ${failed[0]}`)
  const requests = Number(/^ *(\d+) requests in /m.exec(output)?.[1] ?? 0)
  if (requests === 0) throw new Error(`wrk has no answered request: ${output}`)
  return requests
}

/**
 * Asks for the manifest over 16 connections as fast as the answers come.
 * @param {string} wrk
 * @param {Door} door
 * @param {number} pid of the server
 * @param {number} seconds
 * @returns {Promise<PerRequest>}
 */
export const manyRequests = async (wrk, door, pid, seconds) => {
  const { credentials } = door
  const authorization =
    credentials === undefined ? [] : ['-H', `Authorization: Basic ${Buffer.from(credentials).toString('base64')}`]
  const words = [
    '-t2',
    `-c${connections}`,
    `-d${seconds}s`,
    '--timeout',
    '20s',
    '-H',
    `Accept: ${smallRequest.headers.accept}`,
  ]
  const spent = await spentDuring([pid], () =>
    run(wrk, [...words, ...authorization, `${door.url}${smallRequest.path}`], { cwd: '/' }),
  )
  const requests = requestsOfWrk(spent.result)
  return { processor: ((spent.processor[0] ?? 0) * 1000) / requests, wall: (spent.wall * 1000) / requests, requests }
}

/**
 * Asks for the manifest, every time on a new connection with a whole TLS handshake, 16 at once.
 * @param {Door} door
 * @param {number} pid of the server
 * @param {number} seconds
 * @returns {Promise<PerRequest>}
 */
export const newConnections = async (door, pid, seconds) => {
  let requests = 0
  const spent = await spentDuring([pid], async () => {
    const end = performance.now() + seconds * 1000
    const askOn = async () => {
      while (performance.now() < end) {
        await askFor(door, smallRequest, 200)
        requests += 1
      }
    }
    await Promise.all(Array.from({ length: connections }, askOn))
  })
  return { processor: ((spent.processor[0] ?? 0) * 1000) / requests, wall: (spent.wall * 1000) / requests, requests }
}
