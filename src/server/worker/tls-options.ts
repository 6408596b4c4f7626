/** How the gate speaks TLS: Mozilla's guidelines 6.0, "intermediate", unless an nginx.conf says otherwise. */
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls'
import type { TlsSettings } from '../../routes/model.js'

/** Its six suites of TLS 1.2 (the ones of TLS 1.3 are always on). */
const intermediate = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':')

const tls13 = 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256'

/** The hybrid group exists from OpenSSL 3.5 on, which is in Node 24. */
function groups(openssl: string): string {
  const [major = 0, minor = 0] = openssl.split('.').map(Number)
  const hybrid = major > 3 || (major === 3 && minor >= 5)
  return `${hybrid ? 'X25519MLKEM768:' : ''}X25519:prime256v1:secp384r1`
}

/** One certificate with its key, as text in PEM. */
export interface PemPair {
  readonly cert: string
  readonly key: string
}

/** @param ticketKeys 48 bytes: sessions begun with them go on in every context that has the same ones */
export function tlsOptions(
  settings: TlsSettings,
  pairs: readonly PemPair[],
  ticketKeys: Uint8Array,
): SecureContextOptions {
  return {
    ticketKeys: Buffer.from(ticketKeys),
    cert: pairs.map(pair => pair.cert),
    key: pairs.map(pair => pair.key),
    minVersion: settings.minVersion,
    ciphers: `${tls13}:${settings.ciphers ?? intermediate}`,
    honorCipherOrder: settings.preferServerCiphers,
    ecdhCurve: groups(process.versions.openssl),
  }
}

/** @throws where OpenSSL refuses the pair; certificates/load-pair.ts has named the reasons before */
export function secureContext(...how: Parameters<typeof tlsOptions>): SecureContext {
  return createSecureContext(tlsOptions(...how))
}
