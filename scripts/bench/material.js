// @ts-check
/** What the benchmark works with: a certificate, users and a large blob, made anew for every run. */
import { createHash, randomFillSync } from 'node:crypto'
import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './started.js'

const password = 'a-password-for-measuring'

/** The users, each hashed with bcrypt at the cost in its name. */
export const users = { five: `five:${password}`, ten: `ten:${password}` }

/**
 * @typedef {object} Blob
 * @property {string} file
 * @property {string} digest
 * @property {number} bytes
 */

/**
 * @typedef {object} Files
 * @property {string} folder
 * @property {string} certificate
 * @property {string} key
 * @property {string} htpasswd
 * @property {string} authority the certificate's PEM text
 * @property {Blob} blob
 */

/**
 * A file of random bytes, which nobody can compress.
 * @param {string} file
 * @param {number} bytes
 * @returns {Blob}
 */
const makeBlob = (file, bytes) => {
  const hash = createHash('sha256')
  const piece = Buffer.allocUnsafe(1024 * 1024)
  const output = openSync(file, 'w')
  for (let written = 0; written < bytes; written += piece.length) {
    const part = piece.subarray(0, Math.min(piece.length, bytes - written))
    hash.update(randomFillSync(part))
    writeSync(output, part)
  }
  closeSync(output)
  return { file, digest: `sha256:${hash.digest('hex')}`, bytes }
}

/**
 * Creates certificate, users and blob.
 * @param {string} folder
 * @param {import('./parts.js').Parts} parts
 * @param {{ rsa: boolean, blobMiB: number }} wanted
 * @returns {Promise<Files>}
 */
export const makeFiles = async (folder, parts, { rsa, blobMiB }) => {
  const [certificate, key, htpasswd] = ['cert.pem', 'key.pem', 'htpasswd'].map(name => join(folder, name))
  if (certificate === undefined || key === undefined || htpasswd === undefined) throw new Error('unreachable')
  const algorithm = rsa ? ['rsa:2048'] : ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256']
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
  await run(
    parts.openssl,
    ['req', '-x509', '-newkey', ...algorithm, '-nodes', '-days', '90', ...subject, '-keyout', key, '-out', certificate],
    { cwd: folder },
  )
  const lines = await Promise.all([
    run(parts.htpasswd, ['-nbB', '-C', '5', 'five', password], { cwd: folder }),
    run(parts.htpasswd, ['-nbB', '-C', '10', 'ten', password], { cwd: folder }),
  ])
  writeFileSync(htpasswd, lines.map(line => `${line.trim()}\n`).join(''))
  const blob = makeBlob(join(folder, 'blob'), blobMiB * 1024 * 1024)
  return { folder, certificate, key, htpasswd, authority: readFileSync(certificate, 'utf8'), blob }
}
