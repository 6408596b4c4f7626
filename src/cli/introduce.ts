/** After the first start: says what was made, proves through the gate's own port that it works, and prints the lines to paste. */
import { lookup } from 'node:dns/promises'
import { readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { forgetRepository } from '../embedded-registry/forget.js'
import { formatProblem } from '../errors/problem.js'
import { firstPasswordFile, type Made } from '../server/first-start.js'
import { proofRepository, proofSteps } from '../server/prove.js'
import type { RunningGate } from '../server/start.js'
import type { Plan } from '../settings/fill-in.js'
import type { Challenge } from '../settings/settings.js'
import { madeText, pasteText } from './first-start-text.js'

export interface FirstStart {
  readonly plan: Plan
  readonly made: Made
  readonly gate: RunningGate
  /** The host that the gate listens on, as the settings have it. */
  readonly host: string
  readonly dataFolder: string
  readonly challenge: Challenge
  /** Whether a person is watching, who is shown the password. */
  readonly terminal: boolean
  /** Resolves when the gate is to end: nothing more is proved or told then. */
  readonly stopped: Promise<unknown>
}

/**
 * Writes to stderr. Never rejects for a proof that fails: the gate goes on running, and the failure is told.
 * @returns what removes the traces of a proof; to be called again once no request is under way any more
 */
export async function introduce(start: FirstStart): Promise<() => Promise<void>> {
  const { plan, made, gate, host, dataFolder, challenge, terminal } = start
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
  let forget = async () => {}
  let ending = false
  void start.stopped.then(() => {
    ending = true
  })
  if (user !== null && storage !== null) {
    const certificate = readFileSync(plan.cert, 'utf8')
    const proof = proofSteps({ host, port, certificate, user: user.name, password: user.password, challenge })
    void start.stopped.then(() => proof.close())
    forget = () => forgetRepository(storage, proofRepository, proof.digests)
    const text = await outcome(proof, `port ${port}`)
    // Whoever ends the gate does that once no request is under way any more.
    if (!ending) await forget()
    if (!ending) process.stderr.write(text)
  }
  if (ending) return forget
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
  return forget
}

/** The text about the proof, in one piece: its requests are logged meanwhile. */
async function outcome(proof: ReturnType<typeof proofSteps>, where: string): Promise<string> {
  const lines = ['', 'proved through its own TLS port:']
  try {
    for (const step of proof.steps) {
      await step.run()
      lines.push(`  ok  ${step.name}`)
    }
  } catch (error) {
    const message = `the gate does not answer its own client: ${error instanceof Error ? error.message : String(error)}`
    lines.push(formatProblem({ where, message, hint: 'it goes on running; the log above may say more' }))
  } finally {
    proof.close()
  }
  return `${lines.join('\n')}\n`
}

const isWildcard = (host: string) => host === '0.0.0.0' || host === '::'
const isLoopback = (address: string) => address === '::1' || address.startsWith('127.')

/** The address behind a name; the name itself where it has none. Resolvers take long for `.local` where nobody answers. */
async function addressOf(name: string): Promise<string> {
  const found = lookup(name).then(
    ({ address }) => address,
    () => name,
  )
  return Promise.race([found, delay(2_000, name, { ref: false })])
}

/** The first IPv4 address by which other machines may reach this one. */
function ownAddress(): string | null {
  const addresses = Object.values(networkInterfaces()).flatMap(entries => entries ?? [])
  return addresses.find(entry => entry.family === 'IPv4' && !entry.internal)?.address ?? null
}
