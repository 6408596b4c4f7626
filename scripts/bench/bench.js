// @ts-check
/** The benchmark: sets up the test stand, measures the gate and nginx in turn, prints the table. See docs/performance.md. */
import { cpus, loadavg } from 'node:os'
import { ask } from './ask.js'
import { experiments } from './experiments.js'
import { gateProgram } from './gate-program.js'
import { checkPull } from './image.js'
import { inTurn } from './in-turn.js'
import { makeFiles } from './material.js'
import { help, readOptions } from './options.js'
import { findParts } from './parts.js'
import { untilIdle } from './processor-time.js'
import { showProgress } from './progress.js'
import { json, table } from './report.js'
import { judge, rows } from './rows.js'
import { startStand } from './servers.js'
import { cleanUpWhenInterrupted, run, stopEverything, temporaryFolder, unlessInterrupted } from './started.js'
import { warmUp } from './warm-up.js'

/** @typedef {import('./options.js').Work} Work */

/**
 * What was measured with what, for the head of the report.
 * @param {import('./servers.js').Stand} stand
 * @param {import('./parts.js').Parts} parts
 * @param {import('./servers.js').GateProgram} gate
 * @param {import('./options.js').Options} options
 * @param {number} load of the machine before anything was started
 */
const describe = async (stand, parts, gate, options, load) => {
  const here = { cwd: '/' }
  const [node, nginx, registry, gateAnswer, nginxAnswer] = await Promise.all([
    run(gate.node, ['--version'], here),
    run('/bin/sh', ['-c', '"$0" -v 2>&1', parts.nginx], here),
    run(parts['docker-registry'], ['--version'], here),
    ask(stand.doors.gate, { path: '/v2/' }),
    ask(stand.doors.nginx, { path: '/v2/' }),
  ])
  return {
    gate: `node ${node}, --log-level warn`,
    nginx: `${nginx.replace(/^nginx version: /, '')}, 2 workers, access_log off`,
    registry: registry.replace(/^\S+ /, ''),
    machine: `${cpus().length} x ${cpus()[0]?.model.trim() ?? 'unknown processor'}`,
    load: Number(load.toFixed(1)),
    certificate: options.rsa ? 'RSA-2048' : 'ECDSA P-256',
    tls: { gate: gateAnswer.tls, nginx: nginxAnswer.tls },
    blobMiB: options.amount.blobMiB,
    rounds: options.amount.rounds,
  }
}

/**
 * Measures everything that was asked for.
 * @param {import('./options.js').Options} options
 * @param {import('./parts.js').Parts} parts
 * @returns {Promise<number>} exit code
 */
const bench = async (options, parts) => {
  const { amount } = options
  const progress = showProgress(process.stderr)
  const load = loadavg()[0] ?? 0
  if (load > cpus().length / 2)
    progress.say(`the machine is busy already (load ${load.toFixed(1)} on ${cpus().length} processors): expect noise`)
  const gate = await gateProgram(options, progress.say)
  progress.say(`making certificate, users and a blob of ${amount.blobMiB} MiB`)
  const files = await makeFiles(temporaryFolder(), parts, { rsa: options.rsa, blobMiB: amount.blobMiB })
  progress.say('starting registry, nginx and two gates, and pushing the image')
  const stand = await startStand(files, parts, gate)
  const { doors } = stand
  progress.say('comparing the digests of what comes through each, and warming up')
  for (const door of [doors.gate, doors.nginx, doors.embedded]) await checkPull(parts.curl, door, files)
  await warmUp({ stand, parts, amount }, options.only, progress.say)
  const setting = await describe(stand, parts, gate, options, load)

  const all = experiments({ stand, parts, gate, amount })
  const servers = [stand.gate, stand.embedded, stand.nginx, stand.registry.program]
  const chosen = [...options.only]
  progress.expect(chosen.reduce((sum, work) => sum + all[work].length, 0) * amount.rounds)
  /** @type {Map<Work, Awaited<ReturnType<typeof inTurn>>>} */
  const outcomes = new Map()
  for (const work of chosen) {
    const before = async (/** @type {string} */ contender, /** @type {number} */ round) => {
      progress.step(`${work}: ${contender}, round ${round} of ${amount.rounds}`)
      await untilIdle(servers.map(({ pid }) => pid))
    }
    const failed = (/** @type {string} */ contender, /** @type {string} */ message) =>
      progress.say(`${work}: ${contender} could not be measured: ${message}`)
    outcomes.set(work, await inTurn(all[work], amount.rounds, { before, failed }))
  }
  progress.end()
  await stopEverything()

  const report = rows.flatMap(row => {
    const found = outcomes.get(row.work)
    return found === undefined ? [] : [judge(row, found)]
  })
  if (options.json) process.stdout.write(json(report, setting))
  else {
    const colours = process.stdout.isTTY && !process.env.NO_COLOR
    const head = [
      `gate       ${setting.gate}; ${setting.tls.gate}`,
      `nginx      ${setting.nginx}; ${setting.tls.nginx}`,
      `registry   ${setting.registry}, behind both`,
      `machine    ${setting.machine}, load ${setting.load} before; certificate ${setting.certificate}, blob ${setting.blobMiB} MiB`,
      `figures    medians of ${setting.rounds} rounds in turn; ratio gate / nginx, less is better; processor is user + system`,
    ]
    process.stdout.write(`${head.join('\n')}\n\n${table(report, { colours })}`)
  }
  return report.some(row => 'unmeasured' in row) ? 1 : 0
}

/** @returns {Promise<number>} exit code */
const main = async () => {
  let options
  try {
    options = readOptions(process.argv.slice(2))
  } catch (error) {
    process.stderr.write(`error: ${error instanceof Error ? error.message : error}\nhint:  npm run bench -- --help\n`)
    return 2
  }
  if (options.help) {
    process.stdout.write(help)
    return 0
  }
  const found = findParts()
  if ('missing' in found) {
    process.stderr.write(`error: ${found.missing}\n`)
    return 1
  }
  cleanUpWhenInterrupted()
  try {
    return await bench(options, found.parts)
  } catch (error) {
    await unlessInterrupted()
    process.stderr.write(`\nerror: nothing could be measured: ${error instanceof Error ? error.message : error}\n`)
    return 1
  } finally {
    await stopEverything()
  }
}

process.exitCode = await main()
