/** What the gate makes of OpenSSL's words for a TLS connection that did not come about. */
import { expect, it } from 'vitest'
import { handshakeFailure, handshakeReasons } from '../../src/observe/handshake.js'

it.each([
  ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'certificate-not-accepted', 'warn'],
  ['ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE', 'certificate-not-accepted', 'warn'],
  ['ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE', 'certificate-not-accepted', 'warn'],
  ['ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN', 'certificate-not-accepted', 'warn'],
  ['ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED', 'certificate-not-accepted', 'warn'],
  ['ERR_SSL_UNSUPPORTED_PROTOCOL', 'protocol-version', 'info'],
  ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'protocol-version', 'info'],
  ['ERR_SSL_NO_SHARED_CIPHER', 'no-shared-cipher', 'info'],
  ['ERR_TLS_HANDSHAKE_TIMEOUT', 'timeout', 'debug'],
  ['ECONNRESET', 'closed', 'debug'],
  ['ERR_SSL_UNEXPECTED_EOF_WHILE_READING', 'other', 'debug'],
  ['', 'other', 'debug'],
])('%s is %s, at level %s', (code, reason, level) => {
  expect(handshakeFailure(code)).toMatchObject({ reason, level })
  expect(handshakeReasons).toContain(reason)
})
