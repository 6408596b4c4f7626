/** What compose.scale.yaml starts, without containers: two gates, haproxy before them, redis beside them and a registry behind. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import bcrypt from 'bcryptjs'
import { createInFolder } from '../../../src/certificates/create-in-folder.js'
import { freePorts } from '../../end-to-end/parts/free-ports.js'
import { user } from '../../end-to-end/parts/gate.js'
import { portcullisMain } from '../parts/availability.js'
import { project } from '../parts/container-images.js'
import type { CommandLine } from '../parts/program.js'
import { createService, type Service } from './service.js'

export interface Site {
  readonly folder: string
  readonly usersFile: string
  /** haproxy: what clients know. */
  readonly front: Service
  readonly gates: readonly [Service, Service]
  readonly redis: Service
  readonly registry: Service
  stop(): Promise<void>
}

/** From where haproxy asks the gates: who asks them directly has another address, and sends no PROXY header. */
export const balancerAddress = '127.0.0.9'

/** Everything on ports of 127.0.0.1 of its own; resolves when each of them takes connections. */
export async function startSite(): Promise<Site> {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-two-gates-'))
  const [port = 0, port1 = 0, port2 = 0, registryPort = 0, redisPort = 0] = await freePorts(5)
  await createInFolder({
    folder,
    names: { hosts: ['localhost'], addresses: ['127.0.0.1'] },
    algorithm: 'ecdsa',
    days: 2,
    authority: false,
    force: false,
    now: new Date(),
  })
  const usersFile = join(folder, 'htpasswd')
  writeFileSync(usersFile, `${user.name}:${bcrypt.hashSync(user.password, 4)}\n`)
  const registryFile = join(folder, 'registry.yml')
  writeFileSync(
    registryFile,
    `version: 0.1
log: { level: warn }
storage: { filesystem: { rootdirectory: ${folder}/registry } }
http: { addr: '127.0.0.1:${registryPort}', secret: the same after a restart }
`,
  )
  const service = (name: string, ownPort: number, command: CommandLine) =>
    createService(command, ownPort, join(folder, `${name}.log`))
  const gate = (name: string, ownPort: number) => {
    const file = join(folder, `${name}.yaml`)
    copyReplacing('portcullis.yaml', file, [
      ['0.0.0.0:5000', `127.0.0.1:${ownPort}`],
      ['/certs/', `${folder}/`],
      ['/auth/htpasswd', usersFile],
      ['registry-backend:5000', `127.0.0.1:${registryPort}`],
      ['redis:6379', `127.0.0.1:${redisPort}`],
      ['10.207.5.2', balancerAddress],
      ['token: {}', 'token: { identity: true }'],
    ])
    const files = ['--config', file, '--data', join(folder, 'data')]
    const flags = ['--workers', '2', '--log-format', 'json']
    return service(name, ownPort, [process.execPath, portcullisMain, 'serve', ...files, ...flags])
  }
  const gates = [gate('gate-1', port1), gate('gate-2', port2)] as const
  const frontFile = join(folder, 'haproxy.cfg')
  copyReplacing('haproxy.cfg', frontFile, [
    ['bind :5000', `bind 127.0.0.1:${port}`],
    ['registry-gate-1:5000', `127.0.0.1:${port1}`],
    ['registry-gate-2:5000', `127.0.0.1:${port2}`],
    ['send-proxy-v2', `send-proxy-v2 source ${balancerAddress}`],
  ])
  const front = service('haproxy', port, ['haproxy', '-f', frontFile])
  const registry = service('registry', registryPort, ['docker-registry', 'serve', registryFile])
  const inMemory = ['--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no']
  const redis = service('redis', redisPort, ['redis-server', '--port', String(redisPort), ...inMemory])
  const all = [registry, redis, ...gates, front]
  for (const each of [registry, redis]) await each.start()
  // At the same moment, so that both find the state folder empty.
  await Promise.all(gates.map(each => each.start()))
  await front.start()
  return {
    folder,
    usersFile,
    front,
    gates,
    redis,
    registry,
    async stop() {
      for (const each of [...all].reverse()) await each.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** A file of scripts/scale with other texts. Throws where one of them is not in it: then it is not the file that is tried. */
function copyReplacing(name: string, to: string, replacements: readonly (readonly [from: string, by: string])[]): void {
  const file = join(project, 'scripts/scale', name)
  let text = readFileSync(file, 'utf8')
  for (const [from, by] of replacements) {
    if (!text.includes(from)) throw new Error(`${file} does not contain "${from}"`)
    text = text.replaceAll(from, by)
  }
  writeFileSync(to, text)
}
