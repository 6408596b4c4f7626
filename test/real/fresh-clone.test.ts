/** The two commands of the README in a fresh clone, with Node and npm alone; and the packed program, installed globally. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { status } from '../cli/serve-program.js'
import { type CleanMachine, cleanMachine } from './fresh-clone/clean-machine.js'
import { type NodeVersion, nodeVersion } from './fresh-clone/node-versions.js'
import { shell } from './fresh-clone/shell.js'
import { succeed } from './parts/program.js'

const dist = fileURLToPath(new URL('../../dist', import.meta.url))
/** Of the system, as a person has it. */
const npmHere = fileURLToPath(new URL('../lib/node_modules/npm/bin/npm-cli.js', `file://${dirname(process.execPath)}/`))

/** Waits for the address, logs in with the first password of the folder, and returns once the program has ended. */
async function startAndLogIn(command: string, folder: string, env: Readonly<Record<string, string>>): Promise<string> {
  const started = shell(command, folder, { ...env, PORTCULLIS_LISTEN: '127.0.0.1:0' })
  try {
    const port = Number((await started.printed(/^listening on https:\/\/127\.0\.0\.1:(\d+)$/m))[1])
    await started.printed(/docker pull registry\.local:\d+\/hello-world/)
    const ca = readFileSync(join(folder, 'certs/cert.pem'), 'utf8')
    const password = readFileSync(join(folder, 'data/first-password'), 'utf8').trim()
    expect(await status(port, '/v2/', ca, { name: 'admin', password })).toMatchObject({ status: 200 })
    expect(await status(port, '/v2/', ca, { name: 'admin', password: 'wrong' })).toMatchObject({ status: 401 })
  } finally {
    await started.stop()
  }
  return started.output()
}

const current = await nodeVersion(24, 11)

describe.each<{ readonly name: string; readonly version: NodeVersion | null }>([
  { name: `Node ${process.versions.node}`, version: { node: process.execPath, npm: npmHere } },
  { name: 'Node 24', version: current },
])('with $name and npm alone', ({ version }) => {
  describe.runIf(version !== null)('a fresh clone', () => {
    let machine: CleanMachine
    beforeAll(async () => {
      if (version !== null) machine = await cleanMachine(version)
    })
    afterAll(() => machine.remove())

    it('npm ci && npm start: a registry that lets its first user in', async () => {
      const output = await startAndLogIn('npm ci && npm start', machine.clone, machine.env)
      expect(output.match(/^ {2}ok {2}/gm)).toHaveLength(4)
      expect(output).not.toMatch(/EBADENGINE|deprecated/)
    })

    // The whole of it is what CI runs anyway: here, that it builds and starts without anything else.
    it('npm test, in part', async () => {
      const tests = shell('npm test -- test/settings test/http test/errors', machine.clone, machine.env)
      expect(await tests.ended, tests.output()).toBe(0)
      expect(tests.output()).toMatch(/Tests.* passed/)
    })

    it('leaves nothing in the clone that git would commit', async () => {
      expect(await succeed(['git', '-C', machine.clone, 'status', '--porcelain'])).toBe('')
    })

    it('npm pack && npm install -g: the program starts in an empty folder', async () => {
      const pack = shell('npm pack --json --loglevel=error', machine.clone, machine.env)
      expect(await pack.ended, pack.output()).toBe(0)
      const tarball = readdirSync(machine.clone).find(name => name.endsWith('.tgz')) ?? ''
      const prefix = join(dirname(machine.clone), 'global')
      const install = shell(
        `npm install -g --prefix ${prefix} ${join(machine.clone, tarball)}`,
        machine.empty,
        machine.env,
      )
      expect(await install.ended, install.output()).toBe(0)
      await startAndLogIn(`${prefix}/bin/portcullis serve`, machine.empty, machine.env)

      const help = shell(`${prefix}/bin/create-certs --help`, machine.empty, machine.env)
      expect(await help.ended).toBe(0)
      expect(help.output()).toMatch(/^Usage: create-certs/)
      const asked = shell('npm config get registry 2>/dev/null', machine.empty, machine.env)
      expect(await asked.ended).toBe(0)
      const { hostname } = new URL(asked.output().trim())
      expect(strayFiles(join(prefix, 'lib/node_modules/portcullis'), hostname)).toEqual([])
    })
  })
})

/** What stands in the installed package and should not: files of development, private keys, the address of a package registry. */
function strayFiles(folder: string, registry: string): string[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter(path => !path.startsWith('node_modules/'))
  expect(files).toContain('dist/main.js')
  const expected =
    /^(?:dist\/.*\.js|dist\/LICENSES\.txt|package\.json|nginx-compat\.conf|README\.md|CHANGELOG\.md|LICENSE)$/
  return files.filter(path => {
    const text = readFileSync(join(folder, path), 'utf8')
    return !expected.test(path) || text.includes(registry) || /PRIVATE KEY-----\n[A-Za-z0-9+/]{40}/.test(text)
  })
}

describe.each<{ readonly major: number; readonly npmMajor: number; readonly version: NodeVersion | null }>([
  { major: 18, npmMajor: 10, version: await nodeVersion(18, 10) },
  { major: 16, npmMajor: 8, version: await nodeVersion(16, 8) },
])('with Node $major, which is too old', ({ major, version }) => {
  describe.runIf(version !== null)('everything says so, says what is needed, and ends with 1', () => {
    const sentence = new RegExp(
      `^error: this is Node ${major}\\.\\d+\\.\\d+, and Portcullis needs Node 20\\.19\\.2 or later\nhint: {2}install a current Node .*, then run the command again$`,
      'm',
    )
    let machine: CleanMachine
    beforeAll(async () => {
      if (version !== null) machine = await cleanMachine(version)
    })
    afterAll(() => machine.remove())

    // The later ones find what the earlier ones installed.
    it.each(['npm ci && npm start', 'npm ci && npm test', 'npm start', 'npm test'])('%s', async command => {
      const { ended, output } = shell(command, machine.clone, machine.env)
      expect(await ended).toBe(1)
      expect(output()).toMatch(sentence)
      expect(output()).not.toMatch(/SyntaxError|ERR_|node:internal/)
    })

    it.each(['main.js serve', 'main.js --version', 'create-certs.js'])('node dist/%s', async command => {
      const { ended, output } = shell(`node ${dist}/${command}`, machine.empty, machine.env)
      expect(await ended).toBe(1)
      expect(output()).toMatch(sentence)
      expect(readdirSync(machine.empty)).toEqual([])
    })
  })
})
