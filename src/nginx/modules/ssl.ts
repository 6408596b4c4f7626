/** What an nginx server says of TLS, with a floor: no version below 1.2, and 1.3 is never forbidden. */
import type { TlsSettings } from '../../routes/model.js'
import type { Inherited } from '../compile/route.js'
import type { NginxReading } from '../reading.js'

/** null for a server without a certificate. */
export function compileTls(inherited: Inherited, reading: NginxReading): TlsSettings | null {
  const { certificates, certificateKeys } = inherited
  const firstWithoutKey = certificates[certificateKeys.length]
  if (firstWithoutKey !== undefined) {
    reading.problem(
      firstWithoutKey.where,
      `no "ssl_certificate_key" belongs to the certificate "${firstWithoutKey.path}"`,
      'add a line: ssl_certificate_key FILE;',
    )
  }
  if (certificates.length === 0) return null
  return {
    certificates: certificates.map((certificate, index) => ({
      cert: certificate.path,
      key: certificateKeys[index]?.path ?? '',
      where: certificate.where,
    })),
    ciphers: inherited.ciphers,
    minVersion: lowestVersion(inherited.protocols, reading),
    preferServerCiphers: inherited.preferServerCiphers,
  }
}

function lowestVersion(protocols: Inherited['protocols'], reading: NginxReading): TlsSettings['minVersion'] {
  if (protocols === null) return 'TLSv1.2'
  const { names, where } = protocols
  if (names.length > 0 && names.every(name => name.startsWith('SSL'))) {
    reading.problem(where, `${names.join(' and ')} can no longer be spoken`, 'write ssl_protocols TLSv1.2 TLSv1.3;')
    return 'TLSv1.2'
  }
  const old = names.filter(name => name !== 'TLSv1.2' && name !== 'TLSv1.3')
  if (old.length > 0)
    reading.notice(where, `"ssl_protocols": ${old.join(' and ')} is not offered, the lowest version is TLSv1.2`)
  if (!names.includes('TLSv1.3')) reading.notice(where, '"ssl_protocols": TLSv1.3 is offered as well')
  return names.every(name => name === 'TLSv1.3') ? 'TLSv1.3' : 'TLSv1.2'
}
