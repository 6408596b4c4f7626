/** The command `create-certs`, which is also `portcullis certs create`. */
import { Command } from 'commander'
import { defaultDays } from '../certificates/create.js'
import { createInFolder, type FolderResult } from '../certificates/create-in-folder.js'
import type { KeyAlgorithm } from '../certificates/model.js'
import { type CertificateNames, certificateNames, type MachineNames } from '../certificates/names.js'
import { shellWord } from '../certificates/place.js'
import { day } from '../certificates/warnings.js'
import { type Problem, ProblemsFound } from '../errors/problem.js'
import { paint, printWarnings, type Terminal, table, wrapWords } from './output.js'

/** The dependencies of a command. */
export interface CommandContext {
  readonly terminal: Terminal
  readonly now: () => Date
  readonly machine: () => MachineNames
}

interface CreateFlags {
  readonly host?: readonly string[]
  readonly ip?: readonly string[]
  readonly out: string
  readonly days: string
  readonly algorithm?: string
  readonly ca?: true
  readonly force?: true
}

const maxDays = 3650
/** Apple's limit for all server certificates minus the back-dated day: https://support.apple.com/103769 */
const maxAppleDays = 824

/** @param name `create-certs` or `create` */
export function createCommandNamed(name: string, context: CommandContext): Command {
  return new Command(name)
    .description('Create a TLS certificate (cert.pem) and its private key (key.pem).')
    .option('--host <name>', 'one more host name for the certificate; may be repeated', collect)
    .option('--ip <address>', 'one more IP address for the certificate; may be repeated', collect)
    .option('--out <dir>', 'folder for the files', 'certs')
    .option('--days <n>', `days until the certificate expires, 1 to ${maxDays}`, String(defaultDays))
    .option('--algorithm <name>', 'ecdsa, or rsa for very old clients (default: ecdsa)')
    .option('--ca', 'sign with an authority of your own (ca.pem): clients trust it once, renewals need nothing new')
    .option('--force', 'replace cert.pem and key.pem; ca.pem stays')
    .addHelpText('after', examples)
    .action(async (flags: CreateFlags) => createFiles(flags, context))
}

const examples = `
Always among the names: registry.local, localhost, host.docker.internal, this machine's name and its addresses.

Examples:
  create-certs                                  for a registry on this machine
  create-certs --host registry.example.com      ... that others reach by this name
  create-certs --ca                             with an authority, for everything that lasts
  create-certs --ca --force                     renew: the authority in the folder signs again
`

async function createFiles(flags: CreateFlags, { terminal, now, machine }: CommandContext): Promise<void> {
  const { names, days, algorithm } = readFlags(flags, machine())
  if (days > maxAppleDays) {
    const message = 'macOS and iOS refuse certificates that are valid for more than 825 days'
    printWarnings(terminal, [
      { where: '--days', message, hint: `choose ${maxAppleDays} or less if you have such clients` },
    ])
  }
  const result = await createInFolder({
    folder: flags.out,
    names,
    algorithm,
    days,
    authority: flags.ca === true,
    force: flags.force === true,
    now: now(),
  })
  terminal.out(report(result, terminal.outColour))
}

/** Reports all invalid values at once. */
function readFlags(
  flags: CreateFlags,
  machine: MachineNames,
): { names: CertificateNames; days: number; algorithm: KeyAlgorithm | null } {
  const problems: Problem[] = []
  let names: CertificateNames = { hosts: [], addresses: [] }
  try {
    names = certificateNames({ hosts: flags.host ?? [], ips: flags.ip ?? [] }, machine)
  } catch (error) {
    if (!(error instanceof ProblemsFound)) throw error
    problems.push(...error.problems)
  }
  const days = /^\d{1,5}$/.test(flags.days) ? Number(flags.days) : 0
  if (days < 1 || days > maxDays) {
    const message = `"${flags.days}" is not a number of days`
    problems.push({
      where: '--days',
      message,
      hint: `choose 1 to ${maxDays}; without the flag it is ${defaultDays}`,
    })
  }
  const algorithm = flags.algorithm ?? null
  if (algorithm !== null && algorithm !== 'ecdsa' && algorithm !== 'rsa') {
    problems.push({ where: '--algorithm', message: `"${algorithm}" is not known`, hint: 'choose ecdsa or rsa' })
    throw new ProblemsFound(problems)
  }
  if (problems.length > 0) throw new ProblemsFound(problems)
  return { names, days, algorithm }
}

function report(result: FolderResult, colour: boolean): string {
  const { certFile, keyFile, trustFile, authority, description } = result
  const rows = [
    ['certificate', certFile],
    ['private key', keyFile],
    ...(authority === 'none' ? [] : [['signed by', `${trustFile} (${authority === 'created' ? 'new' : 'as before'})`]]),
    ['names', wrapWords(description.names, 80)],
    ['valid until', day(description.validUntil)],
  ]
  if (authority === 'reused') return `${table(rows)}\nClients that trust ${trustFile} need nothing new.\n`
  const host = description.names.find(name => !name.startsWith('*')) ?? 'localhost'
  const file = shellWord(trustFile)
  // registry.local usually resolves only after it has been configured.
  const reachable = host === 'registry.local' ? 'localhost' : host
  return `${table(rows)}
${paint('Clients must trust it before they connect', 'bold', colour)}, for example:
  sudo install -D -m 644 ${file} /etc/docker/certs.d/${host}:5000/ca.crt
  curl --cacert ${file} https://${reachable}:5000/v2/
`
}

function collect(value: string, values: readonly string[] = []): readonly string[] {
  return [...values, value]
}
