/** Every client as a person has it who is logged in, and types into it what denials.txt says. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Part } from '../parts/availability.js'
import { Containerd } from '../parts/containerd.js'
import { DockerEngine } from '../parts/docker-engine.js'
import { writeImageArchive } from '../parts/image-archive.js'
import type { Machine } from '../parts/machine.js'
import type { Finished } from '../parts/program.js'

export interface Who {
  readonly name: string
  readonly password: string
}

/** Types a command, the program first, and waits for its end. */
export type Type = (words: readonly string[]) => Promise<Finished>

export interface Client {
  readonly name: string
  readonly needs: readonly Part[]
  /** Starts what it needs, once. @returns how to log in to a gate at HOST:PORT, which may be done by several */
  open(place: Place): Promise<(address: string, who: Who) => Promise<Type>>
}

export interface Place {
  readonly machine: Machine
  /** Where commands are typed, with what is to be pushed in it: first, second and hidden as images (.tar), files (.txt), indexes (.json). */
  readonly folder: string
  /** The certificate of all gates. */
  readonly cert: string
}

const images = ['first', 'second', 'hidden'] as const

/** OCI image-spec 1.1, an index that lists nothing: the smallest manifest there is. */
const emptyIndex = { schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests: [] }

/** With images of the client's own, as `docker save` writes them, so that none finds layers that another has sent. They share none. */
export async function makePlace(machine: Machine, client: string, cert: string): Promise<Place> {
  const folder = machine.makeFolder(client)
  for (const name of images) {
    await writeImageArchive(folder, name, { name: `${name}:1`, seed: `${client}/${name}`, layers: [2_000] })
    writeFileSync(join(folder, `${name}.txt`), `${client}, ${name}\n`)
    writeFileSync(join(folder, `${name}.json`), JSON.stringify({ ...emptyIndex, annotations: { name } }))
  }
  return { machine, folder, cert }
}

/** A command that is typed in the client's folder. */
function typeIn({ machine, folder }: Place, words: readonly string[], env: Record<string, string> = {}, input = '') {
  return machine.run(['sh', '-c', 'cd "$1" && shift && exec "$@"', 'sh', folder, ...words], { env, input })
}

async function succeeds(running: Promise<Finished>): Promise<void> {
  const { code, output } = await running
  if (code !== 0) throw new Error(`a client could not be made ready:\n${output}`)
}

/** A program without a daemon. */
interface Program {
  readonly name: Part
  /** Flags that stand before every command. */
  globals?(place: Place, who: Who): readonly string[]
  /** @param home of that user alone */
  env(place: Place, home: string): Record<string, string>
  /** What brings images or files into its own store. */
  prepare?(place: Place): readonly (readonly string[])[]
  /** The words that log in, with the password on standard input; without them a user is named on every command. */
  readonly login?: readonly string[]
  readonly userFlags?: readonly [name: string, password: string]
}

function program({ name, globals = () => [], env, prepare = () => [], login, userFlags }: Program): Client {
  return {
    name,
    needs: [name],
    async open(place) {
      const run = (who: Who, words: readonly string[], input?: string) => {
        const home = place.machine.makeFolder(`${name}/home-${who.name}`)
        return typeIn(place, [name, ...globals(place, who), ...words], { HOME: home, ...env(place, home) }, input)
      }
      for (const words of prepare(place)) await succeeds(run({ name: 'nobody', password: '' }, words))
      return async (address, who) => {
        const [nameFlag, passwordFlag] = userFlags ?? ['--username', '--password-stdin']
        if (login !== undefined)
          await succeeds(run(who, [...login, nameFlag, who.name, passwordFlag, address], who.password))
        return ([, ...words]) => run(who, words)
      }
    },
  }
}

/** Programs in Go take the file that SSL_CERT_FILE names for all the certificates there are. */
const goEnv = ({ cert }: Place, home: string) => ({ SSL_CERT_FILE: cert, DOCKER_CONFIG: home })

/** podman 4.3 stops when the file that the variable names is not there. */
function containersEnv(_: Place, home: string) {
  const file = join(home, 'auth.json')
  if (!existsSync(file)) writeFileSync(file, '{}')
  return { REGISTRY_AUTH_FILE: file }
}

const store = ({ folder }: Place) => [
  ...['--root', join(folder, 'root'), '--runroot', join(folder, 'run'), '--storage-driver', 'vfs'],
]

const docker: Client = {
  name: 'docker',
  needs: ['docker', 'dockerd'],
  async open({ machine, folder, cert }) {
    const engine = await DockerEngine.start(machine)
    for (const image of images) await engine.succeed(['load', '--input', join(folder, `${image}.tar`)])
    return async (address, { name, password }) => {
      const config = machine.makeFolder(`docker/home-${name}`)
      await engine.trust(address, readFileSync(cert, 'utf8'))
      await engine.succeed(['login', '--username', name, '--password-stdin', address], { config, input: password })
      return ([, ...words]) => engine.run(words, { config })
    }
  },
}

const ctr: Client = {
  name: 'ctr',
  needs: ['containerd'],
  async open({ machine, folder, cert }) {
    const containerd = await Containerd.start(machine)
    for (const image of images) await succeeds(containerd.run(['images', 'import', join(folder, `${image}.tar`)]))
    const hosts = join(folder, 'hosts')
    return async (address, { name, password }) => {
      await machine.write(`${hosts}/${address}/ca.crt`, readFileSync(cert, 'utf8'))
      const login = ['--hosts-dir', hosts, '--user', `${name}:${password}`]
      return ([, images = '', verb = '', ...rest]) =>
        containerd.run([images, verb, ...(verb === 'tag' ? [] : login), ...rest])
    }
  },
}

/** curl stands for itself, and for clients without a command for what is to be done. */
export const curl = program({
  name: 'curl',
  globals: ({ cert }, { name, password }) => [
    ...['--silent', '--fail-with-body', '--cacert', cert, '--user', `${name}:${password}`],
  ],
  env: () => ({}),
})

export const clients: readonly Client[] = [
  docker,
  program({
    name: 'podman',
    globals: place => [
      ...store(place),
      ...['--tmpdir', join(place.folder, 'tmp'), '--cgroup-manager', 'cgroupfs', '--events-backend', 'file'],
    ],
    env: containersEnv,
    prepare: () => images.map(image => ['load', '--input', `${image}.tar`]),
    login: ['login'],
  }),
  program({
    name: 'buildah',
    globals: store,
    env: containersEnv,
    prepare: () => images.map(image => ['pull', `docker-archive:${image}.tar`]),
    login: ['login'],
  }),
  program({ name: 'skopeo', env: containersEnv, login: ['login'] }),
  ctr,
  program({ name: 'crane', env: goEnv, login: ['auth', 'login'] }),
  program({ name: 'oras', env: goEnv, login: ['login'] }),
  program({
    name: 'regctl',
    env: (place, home) => ({ ...goEnv(place, home), REGCTL_CONFIG: join(home, 'regctl.json') }),
    login: ['registry', 'login'],
    userFlags: ['--user', '--pass-stdin'],
  }),
  program({
    name: 'helm',
    env: (place, home) => ({ ...goEnv(place, home), HELM_REGISTRY_CONFIG: join(home, 'registry.json') }),
    prepare: ({ folder }) =>
      images.map(name => ['package', '--destination', join(folder, name), writeChart(folder, name)]),
    login: ['registry', 'login'],
  }),
  curl,
]

/** The chart app 1.0.0, described by that word. @returns its folder */
function writeChart(folder: string, description: string): string {
  const chart = join(folder, `chart-${description}`)
  mkdirSync(chart)
  writeFileSync(join(chart, 'Chart.yaml'), `apiVersion: v2\nname: app\nversion: 1.0.0\ndescription: ${description}\n`)
  return chart
}
