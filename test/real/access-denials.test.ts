/** What people read who may not do something, and that the others may: each client's own words, in both modes, before both registries. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { clients, curl, makePlace, type Type, type Who } from './access-denials/clients.js'
import { actions, type Command, type Row, repositoryIn, sections, told } from './access-denials/golden.js'
import { require } from './parts/availability.js'
import { digestOf } from './parts/curl.js'
import { startDockerRegistry } from './parts/docker-registry.js'
import { user as alice, type GateFiles, makeGateFiles } from './parts/gate-files.js'
import { mountsOf } from './parts/gates.js'
import { writeImageArchive } from './parts/image-archive.js'
import { Machine, registryName } from './parts/machine.js'
import { startPortcullis } from './parts/portcullis.js'

const rules = `access:
  - { who: ${alice.name}, repositories: "**", may: [pull, push, overwrite, delete] }
  - { who: ci, repositories: "team/**", may: [pull, push] }
  - { who: ci, repositories: "base/**", may: pull }
  - { who: ci, repositories: "team/locked/**", deny: push }
  - { who: ci, repositories: "own/**", may: [pull, push, overwrite, delete] }
`
const ci: Who = { name: 'ci', password: 'of ci' }

/** The gates; the words depend on the mode alone. */
const gates = [
  { name: 'docker-registry, basic', mode: 'basic', backend: 'docker-registry', yaml: rules },
  { name: 'docker-registry, token', mode: 'token', backend: 'docker-registry', yaml: `${rules}token: {}\n` },
  { name: 'embedded, basic', mode: 'basic', backend: 'embedded', yaml: rules },
  { name: 'embedded, token', mode: 'token', backend: 'embedded', yaml: `${rules}token: {}\n` },
] as const

interface Gate {
  readonly address: string
  /** The digest of a blob of base/app and of secret/app. */
  readonly blob: string
  /** The repository of every blob that was mounted. */
  mounts(): readonly string[]
}

const rowsOf = (client: string, mode: string): readonly Row[] => sections.get(`${client}, ${mode}`) ?? []

describe.each(clients)('the table for $name', ({ name }) => {
  it.each(['basic', 'token'])('has every action, allowed and denied: %s', mode => {
    const found = rowsOf(name, mode).map(({ action, allowed }) => `${action} ${allowed}`)
    expect(found.sort()).toEqual(actions.flatMap(action => [`${action} false`, `${action} true`]).sort())
  })
})

/** Client and row -> gate -> how it went. Full from the start: what was not even tried must show. */
const matrix = new Map<string, Record<string, string>>()
function record(client: string, { title }: Row, gate: string, outcome: string): void {
  const row = `${client}: ${title}`
  matrix.set(row, { ...matrix.get(row), [gate]: outcome })
}

const always = ['root', 'unshare', 'ip', 'openssl', 'htpasswd', 'curl'] as const
const between = ['docker-registry', 'skopeo', 'portcullis'] as const
const here = clients.filter(({ needs }) => require(...always, ...between, ...needs))
for (const { name } of clients.filter(client => !here.includes(client))) matrix.set(`${name}: not on this machine`, {})

describe.runIf(here.length > 0)('a denial', () => {
  let machine: Machine
  let files: GateFiles
  const started = new Map<string, Gate>()

  beforeAll(async () => {
    machine = await Machine.start()
    files = await makeGateFiles(machine)
    await machine.succeed(['htpasswd', '-Bb', files.htpasswd, ci.name, ci.password])
    const recipe = { name: 'app:1', seed: 'denials', layers: [2_000] }
    const image = await writeImageArchive(machine.folder, 'app', recipe)
    await Promise.all(gates.map(async gate => started.set(gate.name, await startGate(gate, image))))
  })
  afterAll(async () => {
    console.table(Object.fromEntries(matrix))
    await machine?.stop()
  })

  /** With secret/app:1 and base/app:1 in its registry. */
  async function startGate({ name, backend, yaml }: (typeof gates)[number], image: string): Promise<Gate> {
    const id = name.replaceAll(/\W+/g, '-')
    const folder = machine.makeFolder(id)
    const config = join(folder, 'denials.yaml')
    writeFileSync(config, yaml)
    const registry = backend === 'embedded' ? null : await startDockerRegistry(machine, `${id}-registry`)
    const { port, daemon } = await startPortcullis(machine, id, [
      ...['--config', config, '--listen', '0.0.0.0:0', '--host', registryName, '--workers', '2', '--data', folder],
      ...['--backend', registry === null ? 'embedded' : `http://${registry.host}:${registry.port}`],
      ...['--htpasswd', files.htpasswd, '--cert', files.cert, '--key', files.key],
    ])
    const address = `${registryName}:${port}`
    await machine.write(`/etc/docker/certs.d/${address}/ca.crt`, readFileSync(files.cert, 'utf8'))
    const skopeo = (verb: string, ...rest: string[]) => machine.succeed(['skopeo', verb, ...rest])
    const login = `${alice.name}:${alice.password}`
    for (const target of ['secret/app:1', 'base/app:1'])
      await skopeo('copy', '--dest-creds', login, `docker-archive:${image}`, `docker://${address}/${target}`)
    const manifest = await skopeo('inspect', '--raw', '--creds', login, `docker://${address}/base/app:1`)
    const [blob = ''] = /sha256:[0-9a-f]{64}/.exec(manifest) ?? []
    return { address, blob, mounts: mountsOf(registry?.daemon ?? daemon) }
  }

  /** GATE is the address, DIGEST what the first tag of the command's repository names, BLOB a blob of base/app and secret/app. */
  async function fillIn({ line }: Command, { address, blob }: Gate): Promise<string> {
    const asked = { named: address, files, user: alice }
    const repository = repositoryIn(line)
    const tag = repository.includes('helm') ? '1.0.0' : '1'
    const digest = line.includes('DIGEST') ? await digestOf(machine, asked, repository, tag) : ''
    return line.replaceAll('GATE', address).replaceAll('DIGEST', digest).replaceAll('BLOB', blob)
  }

  describe.each(here)('as $name tells it', client => {
    let open: (address: string, who: Who) => Promise<Type>
    let curlOf: (address: string, who: Who) => Promise<Type>
    beforeAll(async () => {
      const place = await makePlace(machine, client.name, files.cert)
      open = await client.open(place)
      curlOf = await curl.open(place)
    })

    describe.each(gates)('$name', ({ name, mode }) => {
      const rows = rowsOf(client.name, mode)
      const typing = new Map<string, Type>()
      const unmounted = new Set<string>()
      let gate: Gate

      beforeAll(async () => {
        const found = started.get(name)
        if (found === undefined) throw new Error(`${name} has not started`)
        gate = found
        for (const [prompt, who] of [['$ ', ci] as const, ['alice$ ', alice] as const]) {
          typing.set(prompt, await open(gate.address, who))
          typing.set(`${prompt}curl`, await curlOf(gate.address, who))
        }
      })

      async function type(command: Command): Promise<string> {
        const words = (await fillIn(command, gate)).split(' ')
        const typed = typing.get(words[0] === 'curl' ? `${command.prompt}curl` : command.prompt)
        if (typed === undefined) throw new Error(`nobody types "${command.prompt}"`)
        return told(await typed(words), gate.address)
      }

      for (const row of rows) record(client.name, row, name, 'NOT RUN')

      it.each(rows)('$title', async row => {
        record(client.name, row, name, 'FAILED')
        const outcomes: string[] = []
        for (const command of row.commands) outcomes.push(await type(command))
        const printed = row.commands.map(({ prompt, line }, at) => `${prompt}${line}\n${outcomes[at]}`)
        expect(printed.join('\n')).toBe(row.text)
        const last = row.commands.at(-1)
        if (last === undefined) return record(client.name, row, name, 'cannot')
        if (row.action === 'mount') await expectMounts(repositoryIn(last.line), row.allowed)
        else expect(outcomes.at(-1) === 'exit 0').toBe(row.allowed)
        record(client.name, row, name, 'ok')
      })

      /** The log may be late, so repositories without a mount are looked at again when one with a mount, which came after, is in it. */
      async function expectMounts(repository: string, some: boolean): Promise<void> {
        if (some) await expect.poll(gate.mounts, { timeout: 5_000 }).toContain(repository)
        else unmounted.add(repository)
        for (const each of unmounted) expect(gate.mounts()).not.toContain(each)
      }
    })
  })
})
