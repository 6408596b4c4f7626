/** Contents of files that people name on the command line, by the words that test/cases/mistakes uses for them. */
import { createPrivateKey } from 'node:crypto'
import { createCertificates } from '../../src/certificates/create.js'
import { createEntry } from '../../src/users/htpasswd/edit.js'

/** Made by Node alone: the everyday tests need nothing else. */
export async function commandFixtures(now = new Date()): Promise<ReadonlyMap<string, string>> {
  const names = { hosts: ['registry.local'], addresses: ['127.0.0.1'] }
  const own = { names, algorithm: 'ecdsa', days: 365, now, signer: 'itself' } as const
  const good = await createCertificates(own)
  const other = await createCertificates(own)
  const expired = await createCertificates({ ...own, now: new Date('2025-01-10T00:00:00Z'), days: 30 })
  const key = good.key.reveal()
  const encrypted = createPrivateKey(key).export({
    type: 'pkcs8',
    format: 'pem',
    cipher: 'aes-256-cbc',
    passphrase: 'a passphrase',
  })
  return new Map([
    ['a certificate', good.cert],
    ['its key', key],
    ['the key of another certificate', other.key.reveal()],
    ['its key, encrypted', String(encrypted)],
    ['a certificate with broken lines', good.cert.replace(/\n[^-\n]{10}/, '\nAAAAAAAAAA')],
    ['a certificate that expired', expired.cert],
    ['the key of the one that expired', expired.key.reveal()],
    ['alice', `${createEntry('alice', 'wonderland', { cost: 4 }).line}\n`],
    ['nothing', ''],
  ])
}
