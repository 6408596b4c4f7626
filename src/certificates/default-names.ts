/** Collects this machine's name and addresses for a certificate. */
import { hostname, networkInterfaces } from 'node:os'
import { type CertificateNames, certificateNames, type MachineNames, type WantedNames } from './names.js'

/**
 * Returns the names of a new certificate on this machine: see certificateNames.
 * @throws ProblemsFound for invalid `--host` and `--ip`
 */
export function defaultNames(wanted: WantedNames): CertificateNames {
  return certificateNames(wanted, thisMachine())
}

/** Omits link-local addresses (RFC 3927, RFC 4291 2.5.6), because other machines cannot use them. */
export function thisMachine(): MachineNames {
  const addresses = Object.values(networkInterfaces())
    .flatMap(entries => entries ?? [])
    .map(entry => entry.address)
    .filter(address => !address.startsWith('169.254.') && !/^fe[89ab]/i.test(address))
  return { hostName: hostname(), addresses }
}
