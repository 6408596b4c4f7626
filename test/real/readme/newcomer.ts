/** Somebody with a Docker Engine and a registry, who types what the README says. */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { portcullisMain } from '../parts/availability.js'
import { DockerEngine } from '../parts/docker-engine.js'
import { importImage } from '../parts/docker-images.js'
import { Machine } from '../parts/machine.js'
import type { Daemon, Finished } from '../parts/program.js'

const answer = fileURLToPath(new URL('answer.mjs', import.meta.url))

/** Where the README's registry-backend is. */
const backendAddress = '10.77.0.2'

export class Newcomer {
  #daemons = 0
  private constructor(
    readonly machine: Machine,
    readonly engine: DockerEngine,
    private readonly bin: string,
  ) {}

  /** With the image hello-world, `portcullis` and `create-certs` on the PATH, and a name for registry-backend. */
  static async arrive(): Promise<Newcomer> {
    const machine = await Machine.start()
    const engine = await DockerEngine.start(machine)
    const bin = machine.makeFolder('bin')
    for (const [name, file] of [
      ['portcullis', portcullisMain],
      ['create-certs', join(dirname(portcullisMain), 'create-certs.js')],
    ] as const) {
      writeFileSync(join(bin, name), `#!/bin/sh\nexec '${process.execPath}' '${file}' "$@"\n`, { mode: 0o755 })
    }
    const root = machine.makeFolder('image-root')
    writeFileSync(join(root, 'hello'), 'Hello from a test!\n')
    await importImage(machine, engine, root, 'hello-world')
    const hosts = await machine.succeed(['cat', '/etc/hosts'])
    await machine.write('/etc/hosts', `${hosts}${backendAddress} registry-backend\n`)
    await machine.succeed(['ip', 'address', 'add', `${backendAddress}/32`, 'dev', 'lo'])
    return new Newcomer(machine, engine, bin)
  }

  /** A new folder to be in. */
  folder(name: string): string {
    return this.machine.makeFolder(name)
  }

  /** A folder with certs/ and auth/ as another folder has them. */
  folderLike(other: string, name: string): string {
    const folder = this.folder(name)
    for (const part of ['certs', 'auth']) symlinkSync(join(other, part), join(folder, part))
    return folder
  }

  /** Types a command, and the answers to its questions on a terminal. */
  type(command: string, folder: string, answers: readonly string[] = []): Promise<Finished> {
    const line = `cd '${folder}' && ${command}`
    const env = this.#env()
    if (answers.length === 0) return this.machine.run(['sh', '-c', line], { env })
    return this.machine.run([process.execPath, answer, line, ...answers], { env })
  }

  /** Types a command that has to succeed; everything that it printed. */
  async succeed(command: string, folder: string, answers: readonly string[] = []): Promise<string> {
    const { code, output } = await this.type(command, folder, answers)
    expect(code, `${command}\n${output}`).toBe(0)
    return output
  }

  /** Types a command that goes on running, on a port of 127.0.0.1 where `listen` says so, until its log has `ready`. */
  async start(command: string, folder: string, ready: RegExp, listen?: string): Promise<Daemon> {
    const env = listen === undefined ? this.#env() : { ...this.#env(), PORTCULLIS_LISTEN: listen }
    this.#daemons += 1
    const daemon = this.machine.start(`typed-${this.#daemons}`, ['sh', '-c', `cd '${folder}' && exec ${command}`], env)
    await daemon.until(() => ready.test(daemon.log()))
    return daemon
  }

  /** The status of a login at the gate on 127.0.0.1:5000. */
  async login(user: string, password: string): Promise<string> {
    const login = ['--user', `${user}:${password}`]
    const { stdout } = await this.machine.run(['curl', '-sk', '-o', '/dev/null', '-w', '%{http_code}', ...login, url])
    return stdout
  }

  /** nginx-compat.conf with the folders that the README uses. */
  writeNginxConf(folder: string): void {
    const compat = readFileSync(fileURLToPath(new URL('../../../nginx-compat.conf', import.meta.url)), 'utf8')
    const conf = compat
      .replaceAll('/certs/', 'certs/')
      .replaceAll('/auth/', 'auth/')
      .replace('listen 5000 ssl', 'listen 127.0.0.1:5000 ssl')
    writeFileSync(join(folder, 'nginx.conf'), conf)
  }

  /** A registry at registry-backend:5000; nothing may listen on port 5000 of every address then. */
  async startBackend(): Promise<void> {
    const storage = this.machine.makeFolder('backend')
    mkdirSync(join(storage, 'data'))
    const config = join(storage, 'config.yml')
    writeFileSync(
      config,
      `version: 0.1
storage: { filesystem: { rootdirectory: ${storage}/data } }
http: { addr: '${backendAddress}:5000' }
`,
    )
    const daemon = this.machine.start('backend', ['docker-registry', 'serve', config])
    const ask = ['curl', '-sf', 'http://registry-backend:5000/v2/'] as const
    await daemon.until(async () => (await this.machine.run(ask)).code === 0)
  }

  leave(): Promise<void> {
    return this.machine.stop()
  }

  #env(): Record<string, string> {
    const path = `${this.bin}:${process.env.PATH}`
    const config = join(this.machine.folder, 'docker-config')
    return { PATH: path, DOCKER_HOST: `unix://${this.engine.socket}`, DOCKER_CONFIG: config }
  }
}

const url = 'https://127.0.0.1:5000/v2/'
