/** A real Docker Engine on a machine, and the docker command line that talks to it. */
import { join } from 'node:path'
import type { Machine } from './machine.js'
import type { CommandLine, Daemon, Finished, RunOptions } from './program.js'

export interface DockerOptions extends RunOptions {
  /** DOCKER_CONFIG: where logins are kept. One folder of the engine unless told. */
  readonly config?: string
}

export class DockerEngine {
  private constructor(
    private readonly machine: Machine,
    readonly daemon: Daemon,
    readonly socket: string,
    private readonly defaultConfig: string,
  ) {}

  /**
   * dockerd with its store, state and socket in the machine's folder; ready after about a second. On a network of its
   * own it has the default bridge and published ports; on the host's network neither, so that no firewall rule is
   * touched (`docker build --network host` works there). `machine.stop` ends it and the containerd it started.
   * @param flags further ones of dockerd
   */
  static async start(machine: Machine, name = 'docker', flags: readonly string[] = []): Promise<DockerEngine> {
    const folder = machine.makeFolder(name)
    const socket = join(folder, 'docker.sock')
    const isolated = machine.network === 'own' ? [] : ['--bridge=none', '--iptables=false', '--ip-forward=false']
    const command: CommandLine = [
      'dockerd',
      '--data-root',
      join(folder, 'data'),
      '--exec-root',
      join(folder, 'exec'),
      '--pidfile',
      join(folder, 'dockerd.pid'),
      '--host',
      `unix://${socket}`,
      ...isolated,
      ...flags,
    ]
    const daemon = machine.start(`${name}-engine`, command)
    const engine = new DockerEngine(machine, daemon, socket, machine.makeFolder(`${name}-config`))
    await daemon.until(async () => (await engine.run(['version'])).code === 0, 60_000)
    return engine
  }

  /** `docker ARGS`, to its end. */
  run(args: readonly string[], options: DockerOptions = {}): Promise<Finished> {
    return this.machine.run(['docker', ...args], this.withSocket(options))
  }

  /** `docker ARGS` that has to succeed; its stdout. */
  succeed(args: readonly string[], options: DockerOptions = {}): Promise<string> {
    return this.machine.succeed(['docker', ...args], this.withSocket(options))
  }

  /** Puts a CA file where docker and dockerd look for that address (HOST:PORT); undone with `distrust`. */
  async trust(address: string, ca: string): Promise<void> {
    await this.machine.write(`${certsFolder}/${address}/ca.crt`, ca)
  }

  async distrust(address: string): Promise<void> {
    await this.machine.remove(`${certsFolder}/${address}`)
  }

  private withSocket({ config, ...options }: DockerOptions): RunOptions {
    const env = { DOCKER_HOST: `unix://${this.socket}`, DOCKER_CONFIG: config ?? this.defaultConfig, ...options.env }
    return { ...options, env }
  }
}

/** Of the machine's own /etc. podman, skopeo and buildah read it too. */
const certsFolder = '/etc/docker/certs.d'
