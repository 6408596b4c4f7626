// @ts-check
/** The servers that are compared: the registry, nginx in front of it, the gate in front of it, and the gate alone. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ask } from './ask.js'
import { pushImage } from './image.js'
import { users } from './material.js'
import { nginxRecipe } from './nginx-recipe.js'
import { freePorts, start } from './started.js'

/** @typedef {import('./ask.js').Door} Door */
/** @typedef {import('./material.js').Files} Files */
/** @typedef {import('./started.js').Program} Program */

/**
 * Waits until a server answers GET /v2/ with whatever status. Rejects when the program ends before, or after 20 s.
 * @param {Program} program
 * @param {Door} door
 * @param {string} name for the message
 */
export const untilAnswers = async (program, door, name) => {
  const giveUp = performance.now() + 20_000
  for (;;) {
    const answered = await ask({ ...door, credentials: undefined }, { path: '/v2/' }).catch(error => String(error))
    if (typeof answered !== 'string') return
    if (!program.running()) throw new Error(`${name} did not start: ${program.complaints() || program.output()}`)
    if (performance.now() > giveUp) throw new Error(`${name} does not answer: ${answered}; ${program.complaints()}`)
    await new Promise(resolve => setTimeout(resolve, 3))
  }
}

/**
 * Starts a registry on loopback, with deletion enabled and without logs.
 * @param {Files} files
 * @param {import('./parts.js').Parts} parts
 * @param {number} port
 */
export const startRegistry = async (files, parts, port) => {
  const config = join(files.folder, 'registry.yml')
  const storage = join(files.folder, 'registry')
  writeFileSync(
    config,
    `version: 0.1
log: { accesslog: { disabled: true }, level: error }
storage: { delete: { enabled: true }, filesystem: { rootdirectory: ${storage} } }
http: { addr: "127.0.0.1:${port}", secret: for-measuring }
`,
  )
  const program = await start(parts['docker-registry'], ['serve', config], { cwd: files.folder })
  const door = { url: `http://127.0.0.1:${port}`, authority: undefined, credentials: undefined }
  await untilAnswers(program, door, 'docker-registry')
  return { program, door }
}

/**
 * Starts nginx with one server per way of measuring it.
 * @param {Files} files
 * @param {import('./parts.js').Parts} parts
 * @param {{ name: string, registry: string, servers: readonly import('./nginx-recipe.js').RecipeServer[] }} what
 * @returns {Promise<Program>}
 */
export const startNginx = (files, parts, { name, registry, servers }) => {
  const folder = join(files.folder, name)
  mkdirSync(folder, { recursive: true })
  const config = join(folder, 'nginx.conf')
  writeFileSync(config, nginxRecipe(servers, { ...files, folder, registry }))
  return start(parts.nginx, ['-p', folder, '-e', 'stderr', '-c', config], { cwd: folder })
}

/**
 * How the gate is started: which node with which flags, and which main.js.
 * @typedef {object} GateProgram
 * @property {string} node
 * @property {readonly string[]} flags
 * @property {string} main absolute path
 */

/**
 * Starts the gate. It stands in an empty folder, and its environment has none of its own variables, so that nothing
 * but these flags configures it.
 * @param {Files} files
 * @param {GateProgram} gate
 * @param {{ name: string, port: number, backend: string }} what
 * @returns {Promise<Program>}
 */
export const startGate = (files, gate, { name, port, backend }) => {
  const cwd = join(files.folder, name)
  mkdirSync(cwd, { recursive: true })
  const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => !key.startsWith('PORTCULLIS_')))
  const words = [
    ...['serve', '--listen', `127.0.0.1:${port}`, '--backend', backend, '--data', join(cwd, 'data')],
    ...['--htpasswd', files.htpasswd, '--cert', files.certificate, '--key', files.key, '--log-level', 'warn'],
  ]
  return start(gate.node, [...gate.flags, gate.main, ...words], { cwd, env })
}

/**
 * Everything that runs.
 * @typedef {object} Stand
 * @property {Files} files
 * @property {{ program: Program, door: Door }} registry
 * @property {Program} gate
 * @property {Program} embedded the gate that is its own registry
 * @property {Program} nginx
 * @property {{ gate: Door, embedded: Door, nginx: Door, nginxOpen: Door, nginxUnbuffered: Door }} doors for user five
 */

/**
 * Starts all servers and fills both registries.
 * @param {Files} files
 * @param {import('./parts.js').Parts} parts
 * @param {GateProgram} gate
 * @returns {Promise<Stand>}
 */
export const startStand = async (files, parts, gate) => {
  const ports = await freePorts(6)
  const [registryPort = 0, gatePort = 0, embeddedPort = 0, nginxPort = 0, openPort = 0, unbufferedPort = 0] = ports
  const registry = await startRegistry(files, parts, registryPort)
  const [gateProgram, embedded, nginx] = await Promise.all([
    startGate(files, gate, { name: 'gate', port: gatePort, backend: registry.door.url }),
    startGate(files, gate, { name: 'embedded', port: embeddedPort, backend: 'embedded' }),
    startNginx(files, parts, {
      name: 'nginx',
      registry: `127.0.0.1:${registryPort}`,
      servers: [
        { port: nginxPort, passwords: true, requestBuffering: true },
        { port: openPort, passwords: false, requestBuffering: true },
        { port: unbufferedPort, passwords: true, requestBuffering: false },
      ],
    }),
  ])
  const door = (/** @type {number} */ port) => ({
    url: `https://127.0.0.1:${port}`,
    authority: files.authority,
    credentials: users.five,
  })
  const doors = {
    gate: door(gatePort),
    embedded: door(embeddedPort),
    nginx: door(nginxPort),
    nginxOpen: { ...door(openPort), credentials: undefined },
    nginxUnbuffered: door(unbufferedPort),
  }
  await untilAnswers(gateProgram, doors.gate, 'the gate')
  await untilAnswers(embedded, doors.embedded, 'the gate with its embedded registry')
  await untilAnswers(nginx, doors.nginx, 'nginx')
  await pushImage(registry.door, files, parts.curl)
  await pushImage(doors.embedded, files, parts.curl)
  return { files, registry, gate: gateProgram, embedded, nginx, doors }
}
