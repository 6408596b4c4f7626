/** Asks the machine for its name and addresses, for a certificate that names them. */
import { hostname, networkInterfaces } from 'node:os'
import { type CertificateNames, certificateNames, type MachineNames, type WantedNames } from './names.js'

/** The names of a new certificate on this machine: see certificateNames. Throws ProblemsFound for wrong `--host` and `--ip`. */
export function defaultNames(wanted: WantedNames): CertificateNames {
  return certificateNames(wanted, thisMachine())
}

/** Addresses that are valid on one link only (RFC 3927, RFC 4291 2.5.6) are left out: they mean nothing to other machines. */
export function thisMachine(): MachineNames {
  const addresses = Object.values(networkInterfaces())
    .flatMap(entries => entries ?? [])
    .map(entry => entry.address)
    .filter(address => !address.startsWith('169.254.') && !/^fe[89ab]/i.test(address))
  return { hostName: hostname(), addresses }
}
