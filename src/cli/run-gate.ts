/** What `portcullis serve` does: starts the gate, makes what a first start lacks and proves it, and ends on a signal. */
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { Command } from 'commander'
import { Collector } from '../errors/collect.js'
import { createEvents } from '../observe/events.js'
import { outliveReader, written } from '../observe/log-output.js'
import { createLogger } from '../observe/logger.js'
import { createMetrics } from '../observe/metrics.js'
import { workerAccount, workerUserVariable } from '../server/drop-privileges.js'
import { firstPasswordFile, makeMissing } from '../server/first-start.js'
import { tryAddress } from '../server/listen-problem.js'
import { ownStore } from '../server/own-store.js'
import { listenToSignals } from '../server/signals.js'
import { startGate } from '../server/start.js'
import { type LoadedSettings, loadSettings } from '../settings/load.js'
import { rereading } from '../settings/reread.js'
import { readConfigurationFlags } from './configuration-flags.js'
import { introduce } from './introduce.js'
import { judgeFiles } from './judge-files.js'
import { processTerminal } from './output.js'
import { version } from './version.js'

/** Resolves never: the process ends with the gate. @throws ProblemsFound with everything that keeps it from starting */
export async function runGate(command: Command): Promise<void> {
  const signals = listenToSignals()
  // For other commands a result that cannot be written is a failure; a gate serves all the same.
  process.stdout.removeAllListeners('error')
  outliveReader(process.stdout)
  const { errColour } = processTerminal()
  const terminal = process.stderr.isTTY === true
  const read = () => loadSettings(readConfigurationFlags(command), terminal ? 'pretty' : 'json')
  const loaded = read()
  const { settings, plan } = loaded
  const metrics = createMetrics()
  metrics.built(version())
  const events = createEvents(createLogger({ ...settings.log, colour: errColour, output: process.stderr }), metrics)
  for (const notice of loaded.notices) events.noticed(notice)
  if (loaded.ignored.length > 0) events.linesIgnored(loaded.ignored.map(line => line.where))

  const account = workerAccount({
    said: process.env[workerUserVariable],
    uid: process.getuid?.(),
    passwd: () => readFileSync('/etc/passwd', 'utf8'),
  })
  await judgeStart(loaded)
  // Before a user is made whose password would be lost where this fails.
  ownStore(settings.storage, account)
  const first = plan !== null && (plan.missing.certificateIn !== null || plan.missing.usersFile !== null)
  const hosts = loaded.hosts.map(host => host.value)
  const passwordFile = terminal ? null : firstPasswordFile(loaded.dataFolder)
  const made = first ? await makeMissing(plan, hosts, passwordFile) : null
  const reread = rereading(loaded, read)
  const gate = await startGate({ settings, events, metrics, colour: errColour, account, reread })
  const stopped = signals.arm(gate)
  // Whoever closes the window of a gate means to end it; its SIGHUP was taken for another one.
  if (terminal) process.stderr.once('error', () => process.kill(process.pid, 'SIGTERM'))
  for (const url of gate.urls) process.stdout.write(`listening on ${url}\n`)
  if (gate.metricsUrl !== null) process.stdout.write(`metrics at ${gate.metricsUrl}\n`)
  const host = settings.listeners[0]?.host ?? ''
  const { dataFolder } = loaded
  const introduced =
    plan === null || made === null
      ? null
      : introduce({ plan, made, gate, host, dataFolder, challenge: settings.challenge, terminal, stopped })
  await Promise.race([stopped, introduced])

  const end = await Promise.race([stopped, gate.hopeless])
  if (end instanceof Error) {
    gate.kill()
    throw end
  }
  events.stopping(end)
  await gate.close()
  // The last request of a proof that was broken off may have been answered after its traces were removed.
  const forget = await Promise.race([introduced, delay(3_000, null)])
  await forget?.()
  await written(process.stderr)
  // Nothing is left to do, and what a broken-off introduction still waits for must not hold the process.
  process.exit(0)
}

/**
 * Nothing is made, and nobody's password with it, where the start would fail anyway; and whoever mends a file learns in the same run
 * that the port is taken. @throws ProblemsFound
 */
async function judgeStart(loaded: LoadedSettings): Promise<void> {
  const collector = new Collector()
  await collector.try(() => judgeFiles(loaded))
  const { listeners, metrics } = loaded.settings
  for (const listener of listeners) await collector.try(() => tryAddress(listener))
  if (metrics !== null) await collector.try(() => tryAddress({ ...metrics, flag: '--metrics' }))
  if (collector.found) throw collector.asError()
}
