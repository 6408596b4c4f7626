/** Containers of the product and its registry on an engine, with the files that the walk-through leaves in one folder. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { DockerEngine } from './docker-engine.js'
import { type Machine, registryName } from './machine.js'
import { type Finished, succeed } from './program.js'

/** Who may log in, as the walk-through makes it. */
export const account = { name: 'admin', password: 'secret' } as const

/** An image of the engine to push and pull. */
export const sample = 'sample/app:1'

export class Containers {
  constructor(
    readonly machine: Machine,
    readonly engine: DockerEngine,
    /** Holds nginx.conf, auth/htpasswd, certs/cert.pem and certs/key.pem. */
    readonly folder: string,
  ) {}

  /** What the usual sequence mounts, besides nginx.conf. */
  get mounts(): readonly string[] {
    return [...this.mount('auth', '/auth'), ...this.mount('certs', '/certs')]
  }

  /** Mounts a file or folder of the folder where only reading is allowed. */
  mount(from: string, to: string): readonly string[] {
    return ['-v', `${join(this.folder, from)}:${to}:ro`]
  }

  /** Runs a program in the folder, which is to find the engine by itself. */
  run(command: readonly string[]): Promise<Finished> {
    const env = { DOCKER_HOST: `unix://${this.engine.socket}`, DOCKER_CONFIG: join(this.folder, 'docker-config') }
    const inFolder = ['sh', '-c', 'cd "$1" && shift && exec "$@"', 'sh', this.folder, ...command] as const
    return this.machine.run([...inFolder], { env, timeout: 120_000 })
  }

  /** `docker run -d --name NAME ...`, until every port of it answers. Throws with its log where it ends instead. */
  async start(name: string, args: readonly string[]): Promise<void> {
    await this.engine.succeed(['run', '-d', '--name', name, ...args])
    await this.ready(name)
  }

  async ready(name: string): Promise<void> {
    const deadline = Date.now() + 30_000
    for (;;) {
      const health = await this.engine.run(['exec', name, 'node', '/opt/portcullis/scripts/health.js'])
      if (health.code === 0) return
      const running = await this.inspect(name, '{{.State.Running}}')
      if (running !== 'true' || Date.now() > deadline)
        throw new Error(`${name}: ${health.output}${await this.log(name)}`)
      await delay(200)
    }
  }

  /** `docker run --rm ...` to its end. */
  once(args: readonly string[]): Promise<Finished> {
    return this.engine.run(['run', '--rm', ...args])
  }

  async inspect(name: string, format: string): Promise<string> {
    return (await this.engine.succeed(['inspect', '--format', format, name])).trim()
  }

  async log(name: string): Promise<string> {
    return (await this.engine.run(['logs', name])).output
  }

  /** All that says under which ports of this machine it can be reached. */
  async published(name: string): Promise<readonly string[]> {
    return [
      (await this.engine.succeed(['port', name])).trim(),
      await this.inspect(name, '{{json .HostConfig.PortBindings}}'),
      await this.inspect(name, '{{json .NetworkSettings.Ports}}'),
    ]
  }

  async remove(...names: readonly string[]): Promise<void> {
    if (names.length > 0) await this.engine.succeed(['rm', '--force', '--volumes', ...names])
  }

  /** Makes docker trust the certificate of the folder at registry.local:PORT, and logs in there. */
  async login(port: number): Promise<void> {
    const address = `${registryName}:${port}`
    await this.engine.trust(address, readFileSync(join(this.folder, 'certs/cert.pem'), 'utf8'))
    const credentials = ['--username', account.name, '--password-stdin', address]
    await this.engine.succeed(['login', ...credentials], { input: account.password })
  }

  /** Pushes an image that is there under this name, forgets it and pulls it again. */
  async pushAndPull(image: string, port: number, repository: string): Promise<void> {
    const target = `${registryName}:${port}/${repository}`
    await this.engine.succeed(['tag', image, target])
    await this.engine.succeed(['push', target])
    await this.engine.succeed(['image', 'rm', target])
    await this.engine.succeed(['pull', target])
  }

  /** The status of one request to /v2/ with a name and a password. */
  async statusAs(user: string, port: number): Promise<string> {
    const url = `https://${registryName}:${port}/v2/`
    const certificate = join(this.folder, 'certs/cert.pem')
    const quietly = ['--silent', '--output', '/dev/null', '--write-out', '%{http_code}'] as const
    return (await this.machine.run(['curl', ...quietly, '--cacert', certificate, '--user', user, url])).stdout
  }
}

/** Asks again until it says yes, or says no for longer than `patience` ms. */
export async function until(question: () => Promise<boolean>, patience: number): Promise<boolean> {
  const deadline = Date.now() + patience
  for (;;) {
    if (await question()) return true
    if (Date.now() > deadline) return false
    await delay(100)
  }
}

export const addUser = (file: string, name: string, password: string) =>
  succeed(['htpasswd', '-Bb', file, name, password])
