/** When the certificates of a gate end, for metrics. */
import { describeCertificate } from '../../certificates/describe.js'
import { bracketed } from '../../http/listener-url.js'
import type { CertificateEnd } from '../../observe/state-metrics.js'
import { pairName, type ServingState } from '../serving-state.js'

/** One per listener and first name: of several for the same names (ECDSA and RSA) the one that ends first. */
export function certificateEnds({ settings, pairs }: ServingState): readonly CertificateEnd[] {
  const ends = new Map<string, CertificateEnd>()
  for (const { host, port, servers } of settings.listeners) {
    const listener = host.startsWith('unix:') ? host : `${bracketed(host)}:${port}`
    for (const files of servers.flatMap(server => server.tls?.certificates ?? [])) {
      const pair = pairs.get(pairName(files))
      if (pair === undefined) continue
      const { names, subject, validUntil } = describeCertificate(pair.cert)
      const name = names[0] ?? subject
      const key = JSON.stringify([listener, name])
      const known = ends.get(key)
      if (known === undefined || validUntil < known.validUntil) ends.set(key, { listener, name, validUntil })
    }
  }
  return [...ends.values()]
}
