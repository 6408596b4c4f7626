/** The real registry (distribution 2.8, what the image registry:2 holds) on a port of a machine. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Machine } from './machine.js'
import type { Daemon } from './program.js'

export interface DockerRegistry {
  readonly daemon: Daemon
  readonly host: string
  readonly port: number
  /** Holds docker/registry/v2/... */
  readonly storage: string
}

/**
 * Starts one with an empty store, deleting enabled and a fixed http.secret, and waits until it answers.
 * @param more further lines of its configuration, such as `auth`
 */
export async function startDockerRegistry(machine: Machine, name: string, more = ''): Promise<DockerRegistry> {
  const host = '127.0.0.1'
  const port = machine.freePort()
  const storage = machine.makeFolder(`${name}-storage`)
  const config = join(machine.folder, `${name}-config.yml`)
  writeFileSync(
    config,
    `version: 0.1
log: { level: warn }
storage:
  filesystem: { rootdirectory: ${storage} }
  delete: { enabled: true }
http:
  addr: ${host}:${port}
  secret: the same after a restart
${more}
`,
  )
  const daemon = machine.start(name, ['docker-registry', 'serve', config])
  await daemon.until(async () => (await machine.run(['curl', '-s', `http://${host}:${port}/v2/`])).code === 0)
  return { daemon, host, port, storage }
}
