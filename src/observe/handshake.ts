/**
 * Explains a failed TLS handshake by OpenSSL's error code. The codes differ between OpenSSL's versions only in their
 * prefix.
 */

export interface HandshakeFailure {
  /** Few values, because it is a label of a counter. */
  readonly reason: 'certificate-not-accepted' | 'protocol-version' | 'no-shared-cipher' | 'timeout' | 'closed' | 'other'
  /** The log level. Failures that an operator must act on are warnings. */
  readonly level: 'warn' | 'info' | 'debug'
  readonly message: string
  readonly hint: string | null
}

const quiet = { level: 'debug', message: 'no TLS connection came about', hint: null } as const

/** @param code the error code of `tlsClientError` */
export function handshakeFailure(code: string): HandshakeFailure {
  if (/ALERT_(?:UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_UNKNOWN|CERTIFICATE_EXPIRED)$/.test(code)) {
    return {
      reason: 'certificate-not-accepted',
      level: 'warn',
      message: 'a client does not accept the certificate',
      hint: 'its machine lacks what portcullis certs trust prints, or asks for a name that portcullis certs show does not',
    }
  }
  if (/UNSUPPORTED_PROTOCOL$|WRONG_VERSION_NUMBER$|ALERT_PROTOCOL_VERSION$/.test(code)) {
    return { reason: 'protocol-version', level: 'info', message: 'a client speaks another version of TLS', hint: null }
  }
  if (/NO_SHARED_CIPHER$|ALERT_HANDSHAKE_FAILURE$/.test(code)) {
    return { reason: 'no-shared-cipher', level: 'info', message: 'a client shares no cipher with the gate', hint: null }
  }
  if (code === 'ERR_TLS_HANDSHAKE_TIMEOUT') return { ...quiet, reason: 'timeout' }
  return { ...quiet, reason: code === 'ECONNRESET' ? 'closed' : 'other' }
}

export const handshakeReasons: readonly HandshakeFailure['reason'][] = [
  'certificate-not-accepted',
  'protocol-version',
  'no-shared-cipher',
  'timeout',
  'closed',
  'other',
]
