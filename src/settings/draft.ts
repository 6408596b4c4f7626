/** What a person said so far: every value knows where it was said, none is checked, nothing is filled in. */

export interface Given<T = string> {
  readonly value: T
  /** `--listen`, `PORTCULLIS_LISTEN`, `portcullis.yaml:3`. */
  readonly where: string
}

export interface Draft {
  readonly listen?: Given
  readonly backend?: Given
  readonly htpasswd?: Given
  readonly cert?: Given
  readonly key?: Given
  /** Folder with cert.pem and key.pem. */
  readonly certs?: Given
  /** Further names for a certificate that is made. */
  readonly hosts?: readonly Given[]
  /** Folder of the embedded registry and of what the gate keeps. */
  readonly data?: Given
  /** A number, or `auto` for one per core. */
  readonly workers?: Given
  /** A number. */
  readonly maxConnections?: Given
  /** HOST:PORT for Prometheus. */
  readonly metrics?: Given
  readonly logLevel?: Given
  readonly logFormat?: Given
  readonly trustedProxies?: readonly Given[]
  readonly proxyProtocol?: readonly Given[]
  /** Seconds that transfers under way get to end when the gate stops. */
  readonly drain?: Given
}

/** The first draft wins, value by value: flags and environment, then portcullis.yaml. */
export function mergeDrafts(first: Draft, second: Draft): Draft {
  return { ...second, ...first }
}
