/** What people read who may not do something: each client's own words, in both modes, from test/cases/access/denials.txt. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { require } from './parts/availability.js'
import { Containerd } from './parts/containerd.js'
import { DockerEngine } from './parts/docker-engine.js'
import { loadImage } from './parts/docker-images.js'
import { startDockerRegistry } from './parts/docker-registry.js'
import { type GateFiles, makeGateFiles, user } from './parts/gate-files.js'
import { writeImageArchive } from './parts/image-archive.js'
import { Machine, registryName } from './parts/machine.js'
import { startPortcullis } from './parts/portcullis.js'
import type { Finished } from './parts/program.js'

const here = require('root', 'unshare', 'ip', 'openssl', 'htpasswd', 'curl', 'docker-registry', 'skopeo', 'portcullis')

const rules = `access:
  - { who: ${user.name}, repositories: "**", may: [pull, push, overwrite, delete] }
  - { who: ci, repositories: "team/**", may: [pull, push] }
  - { who: ci, repositories: "base/**", may: pull }
  - { who: ci, repositories: team/locked, deny: push }
`
const password = 'of ci'

/** The gates; the words depend on the mode alone. */
const gates = [
  { name: 'backend', mode: 'basic', yaml: rules },
  { name: 'embedded', mode: 'basic', yaml: rules },
  { name: 'token', mode: 'token', yaml: `${rules}token: {}\n` },
] as const
type GateName = (typeof gates)[number]['name']

/** A line of the golden file; GATE is the address. The first and the second image differ, and are called so. */
type Type = (line: string) => Promise<Finished>

interface Client {
  readonly name: string
  readonly present: boolean
  open(stage: Stage): Promise<(address: string) => Promise<Type>>
}

interface Stage {
  readonly machine: Machine
  readonly files: GateFiles
  /** Archives as `docker save` writes them. */
  readonly first: string
  readonly second: string
}

const words = (line: string, stage: Stage, address: string) =>
  line
    .replaceAll('GATE', address)
    .split(' ')
    .slice(1)
    .map(word => word.replace('first.tar', stage.first).replace('second.tar', stage.second))

const clients: readonly Client[] = [
  {
    name: 'docker',
    present: require('docker', 'dockerd'),
    async open(stage) {
      const { machine, files } = stage
      const engine = await DockerEngine.start(machine)
      await loadImage(machine, engine, { name: 'first:1', seed: 'denials', layers: [2_000] })
      await loadImage(machine, engine, { name: 'second:1', seed: 'denials', variant: 'other', layers: [2_000] })
      return async address => {
        await engine.trust(address, readFileSync(files.cert, 'utf8'))
        await engine.succeed(['login', '--username', 'ci', '--password-stdin', address], { input: password })
        return line => engine.run(words(line, stage, address))
      }
    },
  },
  {
    name: 'skopeo',
    present: require('skopeo'),
    open: async stage => async address => {
      const login = ['--authfile', join(stage.machine.folder, 'skopeo-auth.json')]
      await stage.machine.succeed(['skopeo', 'login', ...login, '--username', 'ci', '--password-stdin', address], {
        input: password,
      })
      return line => {
        const [verb = '', ...rest] = words(line, stage, address)
        return stage.machine.run(['skopeo', verb, ...login, ...rest])
      }
    },
  },
  {
    name: 'ctr',
    present: require('containerd'),
    async open(stage) {
      const containerd = await Containerd.start(stage.machine)
      for (const archive of [stage.first, stage.second]) await containerd.run(['images', 'import', archive])
      const hosts = join(stage.machine.folder, 'hosts')
      return async address => {
        await stage.machine.write(`${hosts}/${address}/ca.crt`, readFileSync(stage.files.cert, 'utf8'))
        return line => {
          const [images = '', verb = '', ...rest] = words(line, stage, address)
          const login = verb === 'tag' ? [] : ['--hosts-dir', hosts, '--user', `ci:${password}`]
          return containerd.run([images, verb, ...login, ...rest])
        }
      }
    },
  },
  {
    name: 'crane',
    present: require('crane'),
    open: async stage => async address => {
      const env = { SSL_CERT_FILE: stage.files.cert, HOME: stage.machine.folder }
      const login = ['crane', 'auth', 'login', '--username', 'ci', '--password-stdin', address] as const
      await stage.machine.succeed(login, { env, input: password })
      return line => stage.machine.run(['crane', ...words(line, stage, address)], { env })
    },
  },
]

/** Sections begin with `# client, mode`; `$ ` begins a command, behind it stand the last line of its output and its exit code. */
const golden = new URL('../cases/access/denials.txt', import.meta.url)
const sections = new Map(
  readFileSync(golden, 'utf8')
    .split(/^# /m)
    .slice(1)
    .map(part => [part.split('\n', 1)[0] ?? '', part.split('\n').slice(1).join('\n').trim()]),
)

/** What a command printed at last, without what changes from run to run. Of one that succeeded nothing is of interest here. */
function told({ code, output }: Finished, address: string): string {
  const last = output.trimEnd().split('\n').at(-1) ?? ''
  const plain = last
    .replaceAll(address, 'GATE')
    .replace(/^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d /, '')
    .replace(/^time="[^"]*" /, '')
    .replace(/sha256:[0-9a-f]{64}/g, 'DIGEST')
    .replace(/blobs\/uploads\/[^"\s]*/g, 'blobs/uploads/...')
    .replace(/\/[^\s":]*\/denials\.yaml/g, 'denials.yaml')
  return code === 0 ? 'exit 0' : `${plain}\nexit ${code}`
}

describe.runIf(here)('a denial', () => {
  let stage: Stage
  beforeAll(async () => {
    const machine = await Machine.start()
    const files = await makeGateFiles(machine)
    await machine.succeed(['htpasswd', '-Bb', files.htpasswd, 'ci', password])
    const recipe = { seed: 'denials', layers: [2_000] }
    const first = await writeImageArchive(machine.folder, 'first', { ...recipe, name: 'first:1' })
    const second = await writeImageArchive(machine.folder, 'second', { ...recipe, name: 'second:1', variant: 'other' })
    stage = { machine, files, first, second }
  })
  afterAll(() => stage?.machine.stop())

  /** With secret/app:1 and base/app:1 in its registry; @returns its address. */
  async function startGate(name: GateName, yaml: string, client: string): Promise<string> {
    const { machine, files, first } = stage
    const folder = machine.makeFolder(`${client}-${name}`)
    const config = join(folder, 'denials.yaml')
    writeFileSync(config, yaml)
    const registry = name === 'embedded' ? null : await startDockerRegistry(machine, `${client}-${name}-registry`)
    const { port } = await startPortcullis(machine, `${client}-${name}`, [
      ...['--config', config, '--listen', '0.0.0.0:0', '--host', registryName, '--workers', '2', '--data', folder],
      ...['--backend', registry === null ? 'embedded' : `http://${registry.host}:${registry.port}`],
      ...['--htpasswd', files.htpasswd, '--cert', files.cert, '--key', files.key],
    ])
    const address = `${registryName}:${port}`
    await machine.write(`/etc/docker/certs.d/${address}/ca.crt`, readFileSync(files.cert, 'utf8'))
    const login = ['--dest-creds', `${user.name}:${user.password}`]
    for (const image of ['secret/app:1', 'base/app:1'])
      await machine.succeed(['skopeo', 'copy', ...login, `docker-archive:${first}`, `docker://${address}/${image}`])
    return address
  }

  describe.each(clients.filter(({ present }) => present))('as $name tells it', client => {
    let open: (address: string) => Promise<Type>
    beforeAll(async () => {
      open = await client.open(stage)
    })

    it.each(gates)('$name', async ({ name, mode, yaml }) => {
      const expected = sections.get(`${client.name}, ${mode}`) ?? ''
      const address = await startGate(name, yaml, client.name)
      const type = await open(address)
      const printed: string[] = []
      for (const line of expected.split('\n').filter(each => each.startsWith('$ '))) {
        printed.push(line, told(await type(line.slice(2)), address))
      }
      expect(printed.length).toBeGreaterThan(0)
      expect(printed.join('\n')).toBe(expected)
    })
  })
})
