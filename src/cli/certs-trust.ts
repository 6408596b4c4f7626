/**
 * `portcullis certs trust`: shows how each client trusts the certificate, and installs it for the clients of this
 * machine.
 */
import { Command, Option } from 'commander'
import { type RegistryAddress, readRegistryAddress } from '../certificates/registry-address.js'
import { type TrustGuide, type TrustInput, trustClients, trustGuides } from '../certificates/trust.js'
import { type TrustSource, trustInFile, trustInFolder } from '../certificates/trust-source.js'
import { day } from '../certificates/warnings.js'
import { type Problem, ProblemsFound } from '../errors/problem.js'
import type { CommandContext } from './certs-create.js'
import { changeTrust, installable } from './certs-trust-install.js'
import { gatePort } from './gate-port.js'
import { paint, type Terminal, table } from './output.js'

interface TrustFlags {
  readonly certs?: string
  readonly ca?: string
  readonly host?: readonly string[]
  readonly client?: string
  readonly install?: string
  readonly remove?: string
}

/** The command `trust`. Exit code 1 if there is nothing to trust, or a foreign file is in the way. */
export function trustCommand(context: CommandContext): Command {
  return new Command('trust')
    .description('Print what makes clients trust the certificate, or do it on this machine.')
    .addOption(
      new Option('--certs <dir>', 'the folder with cert.pem, and perhaps ca.pem (default: certs)').conflicts('ca'),
    )
    .option('--ca <file>', 'the certificate to trust, instead of one in a folder')
    .option(
      '--host <name[:port]>',
      'the registry as image names begin with it; may be repeated (default: the names in the certificate, and the port that ./portcullis.yaml names, or 5000)',
      (value: string, values: readonly string[] = []) => [...values, value],
    )
    .addOption(new Option('--client <name>', 'print the commands for one client').choices(trustClients))
    .addOption(new Option('--install <client>', 'do it on this machine, as root').choices(installable))
    .addOption(new Option('--remove <client>', 'undo it').choices(installable).conflicts('install'))
    .addHelpText('after', examples)
    .action(async (flags: TrustFlags) => {
      const port = gatePort()
      const registries = readHosts(flags.host ?? [], port)
      const source = flags.ca === undefined ? await trustInFolder(flags.certs ?? 'certs') : await trustInFile(flags.ca)
      const input = { file: source.file, registries: orDefault(registries, source, port) }
      const change = flags.install ?? flags.remove
      if (change === undefined) print(input, source, flags.client ?? null, context.terminal)
      else {
        const verb = flags.install === undefined ? 'remove' : 'install'
        await changeTrust({ verb, client: change, input, pem: source.anchor.pem, terminal: context.terminal })
      }
    })
}

const examples = `
Examples:
  portcullis certs trust                                 the commands for every client
  portcullis certs trust --client podman                 ... for one
  sudo portcullis certs trust --install docker           do it on this machine
  portcullis certs trust --host registry.example.com:443
`

/** @throws ProblemsFound with every value that is not a host */
function readHosts(values: readonly string[], port: number): RegistryAddress[] {
  const problems: Problem[] = []
  const addresses: RegistryAddress[] = []
  for (const value of values) {
    const read = readRegistryAddress(value, port)
    if (read.kind === 'problem') {
      problems.push({ where: '--host', message: `"${value}" ${read.message}`, hint: read.hint })
    } else if (!addresses.some(({ name }) => name === read.address.name)) addresses.push(read.address)
  }
  if (problems.length > 0) throw new ProblemsFound(problems)
  return addresses
}

function orDefault(wanted: readonly RegistryAddress[], { hosts }: TrustSource, port: number): TrustInput['registries'] {
  const named = (host: string) => ({ host, name: port === 443 ? host : `${host}:${port}` })
  const [first = named('registry.local'), ...rest] = wanted.length > 0 ? wanted : hosts.map(named)
  return [first, ...rest]
}

function print(input: TrustInput, { file, anchor }: TrustSource, client: string | null, terminal: Terminal): void {
  const renewal = anchor.kind === 'authority' ? 'stays when cert.pem is renewed' : 'after a renewal, install it anew'
  terminal.out(
    table([
      ['registry', input.registries.map(({ name }) => name).join(', ')],
      ['to trust', `${file}, valid until ${day(anchor.validUntil)} (${renewal})`],
      ['SHA-256', anchor.fingerprint256],
    ]),
  )
  const guides = trustGuides(input).filter(({ clients }) => client === null || clients.some(name => name === client))
  for (const guide of guides) terminal.out(guideText(guide, terminal.outColour))
  const installed = installable.find(name => name === client) ?? (client === null ? 'docker' : null)
  terminal.out(`\nOn another machine, put a copy of ${file} there first.\n`)
  if (installed !== null) terminal.out(`On this one: sudo portcullis certs trust --install ${installed}\n`)
}

/** Explanations are comments, so the whole text can be pasted. It is not indented because of here-documents. */
function guideText({ title, steps }: TrustGuide, colour: boolean): string {
  const lines = steps.flatMap(({ say, lines }) => [...(say === '' ? [] : [`# ${say}`]), ...lines])
  return `\n${paint(`# ${title}`, 'bold', colour)}\n${lines.join('\n')}\n`
}
