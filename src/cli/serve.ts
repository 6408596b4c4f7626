/** `portcullis serve`: starts the gate, makes what a first start lacks and proves it, and ends on a signal. */

import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import type { Command } from 'commander'
import { forgetRepository } from '../embedded-registry/forget.js'
import { formatProblem, ProblemsFound } from '../errors/problem.js'
import { createEvents, type Events } from '../observe/events.js'
import { createLogger } from '../observe/logger.js'
import { firstPasswordFile, type Made, makeMissing } from '../server/first-start.js'
import { proofRepository, proofSteps } from '../server/prove.js'
import { type RunningGate, startGate } from '../server/start.js'
import type { Plan } from '../settings/fill-in.js'
import { type LoadedSettings, loadSettings } from '../settings/load.js'
import { addConfigurationFlags, readConfigurationFlags } from './configuration-flags.js'
import { firstStartText } from './first-start-text.js'

export function addServeCommand(program: Command): void {
  const command = program.command('serve').description('start the gate')
  addConfigurationFlags(command).action(() => serve(command))
}

async function serve(command: Command): Promise<void> {
  const terminal = process.stderr.isTTY === true
  const loaded = loadSettings(readConfigurationFlags(command), terminal ? 'pretty' : 'json')
  const { settings, plan } = loaded
  const colour = terminal && process.env.NO_COLOR === undefined
  const events = createEvents(createLogger({ ...settings.log, colour, output: process.stderr }))
  for (const notice of loaded.notices) events.noticed(notice)

  const made =
    plan === null
      ? { certificate: null, user: null }
      : await makeMissing(plan, loaded.hosts, terminal ? null : firstPasswordFile(loaded.dataFolder))
  const gate = await startGate({ settings, events, colour })
  for (const url of gate.urls) process.stdout.write(`listening on ${url}\n`)
  if (plan !== null && (made.certificate !== null || made.user !== null))
    await introduce(loaded, plan, made, gate, terminal)

  process.on('SIGHUP', () => void reload(command, gate, events))
  const signal = await stopSignal()
  events.stopping(signal)
  await gate.close()
}

/** Everything is read anew; where anything is wrong, everything stays as it is. */
async function reload(command: Command, gate: RunningGate, events: Events): Promise<void> {
  try {
    const { settings, notices } = loadSettings(readConfigurationFlags(command), 'json')
    await gate.reload(settings)
    for (const notice of notices) events.noticed(notice)
    events.reloaded()
  } catch (error) {
    if (!(error instanceof ProblemsFound)) throw error
    events.reloadRefused(error.problems)
  }
}

/** The first of SIGTERM and SIGINT; a second one ends the process at once. */
async function stopSignal(): Promise<string> {
  const signals = ['SIGTERM', 'SIGINT'] as const
  const first = await Promise.race(signals.map(signal => once(process, signal).then(() => signal)))
  for (const signal of signals) process.once(signal, () => process.exit(1))
  return first
}

/** What a person reads after the first start, and the proof that it works. */
async function introduce(
  loaded: LoadedSettings,
  plan: Plan,
  made: Made,
  gate: RunningGate,
  terminal: boolean,
): Promise<void> {
  const [port = 0] = gate.ports
  const host = loaded.settings.listeners[0]?.host ?? ''
  const { user } = made
  const resolves = await lookup('registry.local').then(
    () => true,
    () => false,
  )
  process.stderr.write(
    firstStartText({
      port,
      certificate:
        made.certificate === null
          ? null
          : {
              file: made.certificate.file,
              ...made.certificate.description,
              fingerprint: made.certificate.description.fingerprint256,
            },
      user:
        user === null
          ? null
          : {
              name: user.name,
              file: user.file,
              password: terminal ? { shown: user.password.reveal() } : { inFile: firstPasswordFile(loaded.dataFolder) },
            },
      storage: plan.storage,
      address: ownAddress(),
      registryLocalResolves: resolves,
      sudo: process.getuid?.() === 0 ? '' : 'sudo ',
    }),
  )
  if (user === null || plan.storage === null) return
  const proof = proofSteps({
    host,
    port,
    certificate: readFileSync(plan.cert, 'utf8'),
    user: user.name,
    password: user.password,
  })
  process.stderr.write('\nproved through its own TLS port:\n')
  try {
    for (const step of proof.steps) {
      await step.run()
      process.stderr.write(`  ok  ${step.name}\n`)
    }
  } catch (error) {
    const message = `the gate does not answer its own client: ${error instanceof Error ? error.message : String(error)}`
    process.stderr.write(
      `${formatProblem({ where: gate.urls[0] ?? host, message, hint: 'it goes on running; the log above may say more' })}\n`,
    )
  } finally {
    proof.close()
    await forgetRepository(plan.storage, proofRepository, proof.digests)
  }
}

/** The first IPv4 address by which other machines may reach this one. */
function ownAddress(): string | null {
  const addresses = Object.values(networkInterfaces()).flatMap(entries => entries ?? [])
  return addresses.find(entry => entry.family === 'IPv4' && !entry.internal)?.address ?? null
}
