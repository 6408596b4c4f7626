/** Files that people really configure, good and bad, made anew in a folder: `server-cert`, `encrypted-key`, `request` … */
import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createCertificates } from '../../src/certificates/create.js'

/** The moment at which the good ones are valid. */
export const fixtureTime = new Date('2026-11-21T12:00:00Z')

/** Contents by name; `scratch` is an empty folder for openssl. */
export async function fixtures(scratch: string): Promise<ReadonlyMap<string, Buffer | string>> {
  const names = { hosts: ['registry.local'], addresses: [] }
  const own = { names, algorithm: 'ecdsa', days: 365, now: fixtureTime, signer: 'itself' } as const
  const server = await createCertificates(own)
  const other = await createCertificates(own)
  const signed = await createCertificates({ ...own, signer: 'new-authority' })
  const expired = await createCertificates({ ...own, now: new Date('2025-01-10T00:00:00Z'), days: 30 })
  const soon = await createCertificates({ ...own, days: 5 })
  const future = await createCertificates({ ...own, now: new Date('2027-06-01T00:00:00Z') })

  const openssl = (...args: string[]) =>
    execFileSync('openssl', args, { cwd: scratch, stdio: ['ignore', 'pipe', 'ignore'] })
  const read = (name: string) => readFileSync(join(scratch, name), 'utf8')
  const subject = ['-nodes', '-subj', '/C=DE/CN=registry.local', '-days', '5000']
  openssl('req', '-x509', '-newkey', 'rsa:2048', ...subject, '-keyout', 'cn.key', '-out', 'cn.crt')
  openssl('req', '-x509', '-newkey', 'rsa:512', ...subject, '-keyout', 'weak.key', '-out', 'weak.crt')
  openssl('req', '-new', '-key', 'cn.key', '-subj', '/CN=registry.local', '-out', 'request.pem')
  openssl('pkey', '-in', 'cn.key', '-aes256', '-passout', 'pass:x', '-out', 'encrypted.key')
  openssl('rsa', '-in', 'cn.key', '-traditional', '-aes128', '-passout', 'pass:x', '-out', 'old-encrypted.key')
  openssl('ecparam', '-name', 'prime256v1', '-genkey', '-out', 'ec.key')
  openssl('req', '-x509', '-key', 'ec.key', ...subject, '-addext', 'subjectAltName=DNS:a', '-out', 'ec.crt')

  const serverKey = server.key.reveal()
  const damaged = (pem: string) => pem.replace(/\n[^-\n]{10}/, '\nAAAAAAAAAA')
  return new Map<string, Buffer | string>([
    ['server-cert', server.cert],
    ['server-key', serverKey],
    ['other-key', other.key.reveal()],
    ['signed-cert', signed.cert],
    ['signed-key', signed.key.reveal()],
    ['signed-cert-after-authority', (signed.authority?.cert ?? '') + signed.cert],
    ['expired-cert', expired.cert],
    ['expired-key', expired.key.reveal()],
    ['soon-cert', soon.cert],
    ['soon-key', soon.key.reveal()],
    ['future-cert', future.cert],
    ['future-key', future.key.reveal()],
    ['common-name-cert', read('cn.crt')],
    ['common-name-key', read('cn.key')],
    ['weak-cert', read('weak.crt')],
    ['weak-key', read('weak.key')],
    ['ec-with-parameters-cert', read('ec.crt')],
    ['ec-with-parameters-key', read('ec.key')],
    ['encrypted-key', read('encrypted.key')],
    ['old-encrypted-key', read('old-encrypted.key')],
    ['request', read('request.pem')],
    ['binary-cert', new X509Certificate(server.cert).raw],
    ['damaged-cert', damaged(server.cert)],
    ['damaged-key', damaged(serverKey)],
    ['both-in-one', `\ufeff${serverKey}${server.cert}`.replaceAll('\n', '\r\n')],
    ['text', 'not what it should be\n'],
    ['empty', ''],
  ])
}
