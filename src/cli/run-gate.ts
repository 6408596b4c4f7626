/** Implements `portcullis serve`: starts the gate, completes and tests a first run, and ends on a signal. */
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { Command } from 'commander'
import { Collector } from '../errors/collect.js'
import { createEvents } from '../observe/create-events.js'
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
import { checkFiles } from './check-files.js'
import { readConfigurationFlags } from './configuration-flags.js'
import { reportFirstRun } from './first-run.js'
import { processTerminal } from './output.js'
import { version } from './version.js'

/**
 * Never resolves: the process ends with the gate.
 * @throws ProblemsFound with every reason why it cannot start
 */
export async function runGate(command: Command): Promise<void> {
  const signals = listenToSignals()
  // Other commands fail if their result cannot be written. A gate keeps serving.
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
  await checkStart(loaded)
  // This can fail, so it precedes the creation of a user whose password would be lost.
  ownStore(settings.storage, account)
  const first = plan !== null && (plan.missing.certificateIn !== null || plan.missing.usersFile !== null)
  const hosts = loaded.hosts.map(host => host.value)
  const passwordFile = terminal ? null : firstPasswordFile(loaded.dataFolder)
  const made = first ? await makeMissing(plan, hosts, passwordFile) : null
  const reread = rereading(loaded, read)
  const gate = await startGate({ settings, events, metrics, colour: errColour, account, reread })
  const stopped = signals.arm(gate)
  // A closed terminal window ends the gate. Its SIGHUP was taken for a reload.
  if (terminal) process.stderr.once('error', () => process.kill(process.pid, 'SIGTERM'))
  for (const url of gate.urls) process.stdout.write(`listening on ${url}\n`)
  if (gate.metricsUrl !== null) process.stdout.write(`metrics at ${gate.metricsUrl}\n`)
  const host = settings.listeners[0]?.host ?? ''
  const { dataFolder } = loaded
  const firstRun =
    plan === null || made === null
      ? null
      : reportFirstRun({ plan, made, gate, host, dataFolder, challenge: settings.challenge, terminal, stopped })
  await Promise.race([stopped, firstRun])

  const end = await Promise.race([stopped, gate.hopeless])
  if (end instanceof Error) {
    gate.kill()
    throw end
  }
  events.stopping(end)
  await gate.close()
  // The last request of an interrupted self-test may have ended after its traces were removed, so they are removed
  // again.
  const cleanUp = await Promise.race([firstRun, delay(3_000, null)])
  await cleanUp?.()
  await written(process.stderr)
  // An interrupted first run may still wait for something, which must not keep the process alive.
  process.exit(0)
}

/**
 * Checks everything before the start creates files or a password, and reports a used port together with mistakes in
 * files.
 * @throws ProblemsFound
 */
async function checkStart(loaded: LoadedSettings): Promise<void> {
  const collector = new Collector()
  await collector.try(() => checkFiles(loaded))
  const { listeners, metrics } = loaded.settings
  for (const listener of listeners) await collector.try(() => tryAddress(listener))
  if (metrics !== null) await collector.try(() => tryAddress({ ...metrics, flag: '--metrics' }))
  if (collector.found) throw collector.asError()
}
