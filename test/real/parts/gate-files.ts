/** The files a gate reads, as a person would have them: a self-signed certificate and an htpasswd file. */
import { join } from 'node:path'
import { type Machine, registryAddress, registryName } from './machine.js'

export interface GateFiles {
  readonly certs: string
  readonly cert: string
  readonly key: string
  readonly auth: string
  readonly htpasswd: string
}

/** Who may log in to every gate of the tests. */
export const user = { name: 'alice', password: 'correct horse' } as const

/**
 * `certs/cert.pem`, `certs/key.pem` and `auth/htpasswd` in the machine's folder: P-256, named registry.local,
 * localhost and both addresses; one user, bcrypt cost 5 as `htpasswd -B` makes it.
 */
export async function makeGateFiles(machine: Machine): Promise<GateFiles> {
  const certs = machine.makeFolder('certs')
  const auth = machine.makeFolder('auth')
  const files = {
    certs,
    auth,
    cert: join(certs, 'cert.pem'),
    key: join(certs, 'key.pem'),
    htpasswd: join(auth, 'htpasswd'),
  }
  await machine.succeed([
    'openssl',
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-days',
    '90',
    '-keyout',
    files.key,
    '-out',
    files.cert,
    '-subj',
    `/CN=${registryName}`,
    '-addext',
    `subjectAltName=DNS:${registryName},DNS:localhost,IP:127.0.0.1,IP:${registryAddress}`,
  ])
  await machine.succeed(['htpasswd', '-Bbc', files.htpasswd, user.name, user.password])
  return files
}
