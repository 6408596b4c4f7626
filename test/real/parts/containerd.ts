/** A real containerd on a machine, and `ctr`. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Machine } from './machine.js'
import type { Finished } from './program.js'

export class Containerd {
  private constructor(
    private readonly machine: Machine,
    private readonly socket: string,
  ) {}

  /** With its root, state and socket in the machine's folder, and without the CRI plugin. */
  static async start(machine: Machine): Promise<Containerd> {
    const folder = machine.makeFolder('containerd')
    const socket = join(folder, 'containerd.sock')
    const config = join(folder, 'config.toml')
    writeFileSync(
      config,
      `version = 2
root = "${join(folder, 'root')}"
state = "${join(folder, 'state')}"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = "${socket}"
`,
    )
    const daemon = machine.start('containerd', ['containerd', '--config', config])
    const containerd = new Containerd(machine, socket)
    await daemon.until(async () => (await containerd.run(['version'])).code === 0)
    return containerd
  }

  /** `ctr ARGS`, to its end. */
  run(args: readonly string[]): Promise<Finished> {
    return this.machine.run(['ctr', '--address', this.socket, ...args])
  }
}
