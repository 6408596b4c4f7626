/**
 * A machine of the test's own inside this one: private /etc, /var/lib, /run and network, so that names, trusted
 * certificates, bridges and firewall rules of a test never touch the real ones and vanish with it.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type CommandLine, Daemon, type Finished, type RunOptions, run, succeed } from './program.js'

/** The name under which the gates are reached from another machine. */
export const registryName = 'registry.local'
/** Its address: of this machine, but outside 127.0.0.0/8, where Docker would not verify certificates. */
export const registryAddress = '10.77.0.1'

const setUp = `set -e
resolv=$(cat /etc/resolv.conf 2>/dev/null || true)
mount -t tmpfs tmpfs "$1"
for folder in /etc /var/lib; do
  mkdir -p "$1/upper$folder" "$1/work$folder"
  mount -t overlay overlay -o "lowerdir=$folder,upperdir=$1/upper$folder,workdir=$1/work$folder" "$folder"
done
mount -t tmpfs tmpfs /run
mkdir /run/lock
rm -f /etc/hosts /etc/resolv.conf
printf '%s\\n' "$resolv" > /etc/resolv.conf
printf '127.0.0.1 localhost %s\\n${registryAddress} ${registryName}\\n' "$(uname -n)" > /etc/hosts
if [ "$2" = own ]; then
  ip link set lo up
  ip address add ${registryAddress}/32 dev lo
fi
echo ready
exec cat`

export interface MachineOptions {
  /**
   * `own` (default): loopback, ${registryAddress} and what is created inside; every port is free, and only programs
   * started through the machine reach it. `host`: the real network, for image builds that fetch packages;
   * registry.local has no address then.
   */
  readonly network?: 'own' | 'host'
}

export class Machine {
  /** A temporary folder, visible inside and outside under the same path; removed by `stop`. */
  readonly folder = mkdtempSync(join(tmpdir(), 'portcullis-real-'))
  private readonly daemons: Daemon[] = []
  private nextPort = 5001
  private constructor(
    private readonly pid: number,
    private readonly leave: () => Promise<void>,
    readonly network: 'own' | 'host',
  ) {}

  /** Needs root, unshare, nsenter and ip. */
  static async start({ network = 'own' }: MachineOptions = {}): Promise<Machine> {
    const etc = mkdtempSync(join(tmpdir(), 'portcullis-etc-'))
    const namespaces = network === 'own' ? ['--mount', '--net'] : ['--mount']
    const child = spawn('unshare', [...namespaces, 'sh', '-c', setUp, 'sh', etc, network], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const ready = await Promise.race([
      once(child.stdout, 'data').then(() => true),
      once(child, 'exit').then(() => false),
    ])
    if (!ready || child.pid === undefined) throw new Error('a private machine could not be set up (see stderr)')
    const leave = async () => {
      const gone = once(child, 'exit')
      // Its `cat` ends with its input: also when the test process dies.
      child.stdin.end()
      await gone
      rmSync(etc, { recursive: true, force: true })
    }
    return new Machine(child.pid, leave, network)
  }

  /** Runs a program inside to its end. */
  run(command: CommandLine, options?: RunOptions): Promise<Finished> {
    return run(this.inside(command), options)
  }

  /** Runs a program inside that has to succeed; its stdout. */
  succeed(command: CommandLine, options?: RunOptions): Promise<string> {
    return succeed(this.inside(command), options)
  }

  /** Starts a program inside that keeps running; `stop` ends what is still there. */
  start(name: string, command: CommandLine, env?: Readonly<Record<string, string>>): Daemon {
    const daemon = Daemon.start(this.inside(command), join(this.folder, `${name}.log`), env)
    this.daemons.push(daemon)
    return daemon
  }

  /** Writes a file as the programs inside see it, for instance below /etc. */
  async write(path: string, content: string): Promise<void> {
    await this.succeed(['sh', '-c', 'mkdir -p "$1" && cat > "$2"', 'sh', dirname(path), path], { input: content })
  }

  async remove(path: string): Promise<void> {
    await this.succeed(['rm', '-rf', path])
  }

  /** A new folder below `folder`. */
  makeFolder(name: string): string {
    const path = join(this.folder, name)
    mkdirSync(path, { recursive: true })
    return path
  }

  /** A port that nothing else inside uses. Only meaningful on a network of its own. */
  freePort(): number {
    if (this.network === 'host') throw new Error('on the network of the host, ask for port 0')
    return this.nextPort++
  }

  /** Stops every program that was started inside, then the machine, and removes its folder. */
  async stop(): Promise<void> {
    for (const daemon of this.daemons.reverse()) await daemon.stop()
    await this.leave()
    rmSync(this.folder, { recursive: true, force: true })
  }

  private inside(command: CommandLine): CommandLine {
    const namespaces = this.network === 'own' ? ['--mount', '--net'] : ['--mount']
    return ['nsenter', '--target', String(this.pid), ...namespaces, '--', ...command]
  }
}
