/**
 * Reports a first run: lists what was created, runs a self-test through the gate's own port, and prints lines to paste.
 */
import { lookup } from 'node:dns/promises'
import { readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { forgetRepository } from '../embedded-registry/forget.js'
import { formatProblem } from '../errors/problem.js'
import { firstPasswordFile, type Made } from '../server/first-start.js'
import type { RunningGate } from '../server/gate-model.js'
import { proofRepository, proofSteps } from '../server/self-test.js'
import type { Plan } from '../settings/fill-in.js'
import type { Challenge } from '../settings/settings.js'
import { madeText, pasteText } from './first-run-text.js'

export interface FirstRun {
  readonly plan: Plan
  readonly made: Made
  readonly gate: RunningGate
  /** The host that the gate listens on, from the settings. */
  readonly host: string
  readonly dataFolder: string
  readonly challenge: Challenge
  /** Whether stderr is a terminal. Only then the password is shown. */
  readonly terminal: boolean
  /** Resolves when the gate must end: no further self-test or text then. */
  readonly stopped: Promise<unknown>
}

/**
 * Writes to stderr. A failed self-test does not reject: the gate keeps running and the text reports the failure.
 * @returns removes the traces of the self-test; call it again after the last request has ended
 */
export async function reportFirstRun(run: FirstRun): Promise<() => Promise<void>> {
  const { plan, made, gate, host, dataFolder, challenge, terminal } = run
  const [port = 0] = gate.ports
  const { user, certificate } = made
  process.stderr.write(
    madeText({
      certificate:
        certificate === null
          ? null
          : {
              file: certificate.file,
              ...certificate.description,
              fingerprint: certificate.description.fingerprint256,
            },
      user:
        user === null
          ? null
          : {
              name: user.name,
              file: user.file,
              password: terminal ? { shown: user.password.reveal() } : { inFile: firstPasswordFile(dataFolder) },
            },
      storage: plan.storage,
    }),
  )
  const { storage } = plan
  let cleanUp = async () => {}
  let ending = false
  void run.stopped.then(() => {
    ending = true
  })
  if (user !== null && storage !== null) {
    const certificate = readFileSync(plan.cert, 'utf8')
    const selfTest = proofSteps({ host, port, certificate, user: user.name, password: user.password, challenge })
    void run.stopped.then(() => selfTest.close())
    cleanUp = () => forgetRepository(storage, proofRepository, selfTest.digests)
    const text = await selfTestText(selfTest, `port ${port}`)
    // If the gate ends, its caller cleans up after the last request.
    if (!ending) await cleanUp()
    if (!ending) process.stderr.write(text)
  }
  if (ending) return cleanUp
  const address = await addressOf(host)
  process.stderr.write(
    pasteText({
      port,
      onLoopback: isWildcard(host) || isLoopback(address),
      address: isWildcard(host) ? (ownAddress() ?? '127.0.0.1') : address,
      registryLocalResolves: (await addressOf('registry.local')) !== 'registry.local',
      account: user?.name ?? null,
      passwordFile: user === null || terminal ? null : firstPasswordFile(dataFolder),
      sudo: process.getuid?.() === 0 ? '' : 'sudo ',
    }),
  )
  return cleanUp
}

/** The text about the self-test as one block, because log lines are written at the same time. */
async function selfTestText(selfTest: ReturnType<typeof proofSteps>, where: string): Promise<string> {
  const lines = ['', 'self-test through its own TLS port:']
  try {
    for (const step of selfTest.steps) {
      await step.run()
      lines.push(`  ok  ${step.name}`)
    }
  } catch (error) {
    const message = `the gate does not answer its own client: ${error instanceof Error ? error.message : String(error)}`
    lines.push(formatProblem({ where, message, hint: 'it goes on running; the log above may say more' }))
  } finally {
    selfTest.close()
  }
  return `${lines.join('\n')}\n`
}

const isWildcard = (host: string) => host === '0.0.0.0' || host === '::'
const isLoopback = (address: string) => address === '::1' || address.startsWith('127.')

/**
 * Returns the address of a name; the name itself if it does not resolve. The lookup is limited in time, because
 * `.local` names resolve slowly.
 */
async function addressOf(name: string): Promise<string> {
  const found = lookup(name).then(
    ({ address }) => address,
    () => name,
  )
  return Promise.race([found, delay(2_000, name, { ref: false })])
}

/** The first IPv4 address that other machines can reach. */
function ownAddress(): string | null {
  const addresses = Object.values(networkInterfaces()).flatMap(entries => entries ?? [])
  return addresses.find(entry => entry.family === 'IPv4' && !entry.internal)?.address ?? null
}
