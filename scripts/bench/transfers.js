// @ts-check
/** Large transfers: what a GiB costs, to be pulled or pushed. */
import { pullBlob, pushBlob } from './image.js'
import { spentDuring } from './processor-time.js'

/** @typedef {import('./ask.js').Door} Door */
/** @typedef {import('./material.js').Files} Files */

/**
 * What one GiB took, in seconds.
 * @typedef {object} PerGiB
 * @property {number} processor of the server itself
 * @property {number} everything processor of the server and of the registry behind it
 * @property {number} wall
 */

/**
 * @param {() => Promise<void>} transfer
 * @param {number} times
 * @param {{ pids: readonly number[], files: Files }} what the server first, then the registry if it has one
 * @returns {Promise<PerGiB>}
 */
const measure = async (transfer, times, { pids, files }) => {
  const { processor, wall } = await spentDuring(pids, async () => {
    for (let done = 0; done < times; done += 1) await transfer()
  })
  const gib = (files.blob.bytes * times) / 1024 ** 3
  const everything = processor.reduce((sum, seconds) => sum + seconds, 0)
  return { processor: (processor[0] ?? 0) / gib, everything: everything / gib, wall: wall / gib }
}

/**
 * @param {string} curl
 * @param {Door} door
 * @param {number} times
 * @param {{ pids: readonly number[], files: Files }} what the server first, then the registry if it has one
 * @returns {Promise<PerGiB>}
 */
export const pulls = (curl, door, times, what) => measure(() => pullBlob(curl, door, what.files), times, what)

/**
 * @param {string} curl
 * @param {Door} door
 * @param {number} times
 * @param {{ pids: readonly number[], files: Files }} what the server first, then the registry if it has one
 * @returns {Promise<PerGiB>}
 */
export const pushes = (curl, door, times, what) => measure(() => pushBlob(curl, door, what.files), times, what)
