/** The gates that every client is tried against: the same user, certificate and registry, different machinery. */
import { startDockerRegistry } from './docker-registry.js'
import { type GateFiles, user } from './gate-files.js'
import { type Machine, registryName } from './machine.js'
import { copyCompatConf, startNginx, testConfiguration } from './nginx.js'
import { startPortcullis } from './portcullis.js'

/**
 * nginx: the real one with nginx-compat.conf. embedded: Portcullis with its own registry. backend: Portcullis before
 * docker-registry, by flags. nginx-conf: the same, reading nginx-compat.conf.
 */
export type GateName = 'nginx' | 'embedded' | 'backend' | 'nginx-conf'

export interface Gate {
  readonly name: GateName
  readonly port: number
  /** HOST:PORT by the name whose address Docker verifies. */
  readonly named: string
  /** localhost:PORT */
  readonly localhost: string
  /** 127.0.0.1:PORT */
  readonly loopback: string
  readonly files: GateFiles
  readonly user: typeof user
}

/** Starts the gate with an empty registry of its own; it ends with the machine. */
export async function startGate(machine: Machine, name: GateName, files: GateFiles): Promise<Gate> {
  const port = await starters[name](machine, files)
  return {
    name,
    port,
    named: `${registryName}:${port}`,
    localhost: `localhost:${port}`,
    loopback: `127.0.0.1:${port}`,
    files,
    user,
  }
}

const starters: Record<GateName, (machine: Machine, files: GateFiles) => Promise<number>> = {
  async nginx(machine, files) {
    const backend = await startDockerRegistry(machine, 'nginx-registry')
    const listenPort = machine.freePort()
    const conf = copyCompatConf(machine, 'nginx', { files, listenPort, backend })
    await testConfiguration(machine, conf)
    await startNginx(machine, 'nginx', conf, listenPort)
    return listenPort
  },
  async embedded(machine, files) {
    const flags = ['--listen', '0.0.0.0:0', '--backend', 'embedded', ...usualFlags(machine, 'embedded', files)]
    return (await startPortcullis(machine, 'embedded', flags)).port
  },
  async backend(machine, files) {
    const { host, port } = await startDockerRegistry(machine, 'backend-registry')
    const backend = `http://${host}:${port}`
    const flags = ['--listen', '0.0.0.0:0', '--backend', backend, ...usualFlags(machine, 'backend', files)]
    return (await startPortcullis(machine, 'backend', flags)).port
  },
  async 'nginx-conf'(machine, files) {
    const backend = await startDockerRegistry(machine, 'nginx-conf-registry')
    const listenPort = machine.freePort()
    const conf = copyCompatConf(machine, 'nginx-conf', { files, listenPort, backend })
    const data = machine.makeFolder('nginx-conf-data')
    return (await startPortcullis(machine, 'nginx-conf', ['--nginx-conf', conf, '--data', data])).port
  },
}

function usualFlags(machine: Machine, name: string, { htpasswd, cert, key }: GateFiles): readonly string[] {
  const data = machine.makeFolder(`${name}-data`)
  return ['--htpasswd', htpasswd, '--cert', cert, '--key', key, '--host', registryName, '--data', data]
}
