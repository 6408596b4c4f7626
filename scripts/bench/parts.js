// @ts-check
/** Finds the programs that the benchmark needs, and says how the missing ones are installed. */
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The programs, each with its Debian package. */
const packages = {
  nginx: 'nginx-light',
  'docker-registry': 'docker-registry',
  htpasswd: 'apache2-utils',
  openssl: 'openssl',
  wrk: 'wrk',
  curl: 'curl',
}

/** @typedef {keyof typeof packages} Part */
/** @typedef {Readonly<Record<Part, string>>} Parts absolute paths of the programs */

/**
 * @param {string} program
 * @returns {string | undefined}
 */
const find = program => {
  // Servers live in sbin, which is not in the PATH of ordinary users.
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin']
  return folders
    .map(folder => join(folder, program))
    .find(path => {
      try {
        accessSync(path, constants.X_OK)
        return true
      } catch {
        return false
      }
    })
}

/**
 * All parts, or the text that says which are missing and how they come.
 * @returns {{ parts: Parts } | { missing: string }}
 */
export const findParts = () => {
  if (process.platform !== 'linux')
    return { missing: `processor time is read from /proc, so this needs Linux, and here is ${process.platform}` }
  const found = {
    nginx: find('nginx'),
    'docker-registry': find('docker-registry'),
    htpasswd: find('htpasswd'),
    openssl: find('openssl'),
    wrk: find('wrk'),
    curl: find('curl'),
  }
  const { nginx, 'docker-registry': registry, htpasswd, openssl, wrk, curl } = found
  if (nginx && registry && htpasswd && openssl && wrk && curl)
    return { parts: { nginx, 'docker-registry': registry, htpasswd, openssl, wrk, curl } }
  const missing = Object.entries(packages).filter(([part]) => !Object.entries(found).some(([n, p]) => n === part && p))
  return {
    missing: [
      `not installed: ${missing.map(([part]) => part).join(', ')}`,
      `hint: on Debian or Ubuntu run: sudo apt-get install ${missing.map(([, name]) => name).join(' ')}`,
      '      or, which starts no service: sudo sh scripts/install-real-parts.sh',
    ].join('\n'),
  }
}
