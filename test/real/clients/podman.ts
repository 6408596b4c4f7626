/** The steps of podman, with a store of its own. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { digestOf } from '../parts/curl.js'
import type { Gate } from '../parts/gates.js'
import { writeImageArchive } from '../parts/image-archive.js'
import type { Machine } from '../parts/machine.js'
import type { Finished } from '../parts/program.js'
import { accepted, client, refused, type Step, same } from './client.js'

interface Session {
  readonly machine: Machine
  podman(args: readonly string[], input?: string): Promise<Finished>
  /** Archives of the same image for two architectures. */
  readonly archives: readonly [amd64: string, arm64: string]
}

function login({ podman }: Session, gate: Gate, password: string): Promise<Finished> {
  return podman(['login', '--username', gate.user.name, '--password-stdin', gate.named], password)
}

const local = 'localhost/sample/app'

const steps: readonly Step<Session>[] = [
  {
    name: 'without the CA file: login fails with x509',
    async run(session, gate) {
      refused(await login(session, gate, gate.user.password), /x509: certificate signed by unknown authority/)
    },
  },
  {
    name: 'login: a wrong password is refused',
    async run(session, gate) {
      const folder = `/etc/containers/certs.d/${gate.named}`
      await session.machine.write(`${folder}/ca.crt`, readFileSync(gate.files.cert, 'utf8'))
      refused(await login(session, gate, 'wrong'), /invalid username\/password/)
    },
  },
  {
    name: 'push without a login is refused',
    async run({ podman }, gate) {
      const message = /unauthorized|authentication required/
      refused(await podman(['push', `${local}:amd64`, `${gate.named}/podman/app:1`]), message)
    },
  },
  {
    name: 'login',
    async run(session, gate) {
      accepted(await login(session, gate, gate.user.password), /Login Succeeded/)
    },
  },
  {
    name: 'push, and push to another repository',
    async run({ podman }, gate) {
      accepted(await podman(['push', `${local}:amd64`, `${gate.named}/podman/app:1`]))
      accepted(await podman(['push', `${local}:amd64`, `${gate.named}/podman/other:1`]))
    },
  },
  {
    name: 'pull by tag and by digest',
    async run({ podman, machine, archives }, gate) {
      const image = `${gate.named}/podman/app`
      const digest = await digestOf(machine, gate, 'podman/app', '1')
      const pushed = (await podman(['image', 'inspect', '--format', '{{.Id}}', `${local}:amd64`])).stdout.trim()
      accepted(await podman(['image', 'rm', '--all', '--force']))
      same('the image by tag', (await podman(['pull', '--quiet', `${image}:1`])).stdout.trim(), pushed)
      accepted(await podman(['image', 'rm', '--all', '--force']))
      same('the image by digest', (await podman(['pull', '--quiet', `${image}@${digest}`])).stdout.trim(), pushed)
      for (const archive of archives) accepted(await podman(['load', '--input', archive]))
    },
  },
  {
    name: 'search the catalog, list the tags',
    async run({ podman }, gate) {
      accepted(await podman(['search', `${gate.named}/podman`]), /podman\/app/, /podman\/other/)
      accepted(await podman(['search', '--list-tags', `${gate.named}/podman/app`]), /podman\/app\s+1/)
    },
  },
  {
    name: 'manifest list',
    async run({ podman }, gate) {
      const list = `list-${gate.name}`
      accepted(await podman(['push', `${local}:arm64`, `${gate.named}/podman/app:arm64`]))
      accepted(await podman(['manifest', 'create', list]))
      for (const tag of ['1', 'arm64']) {
        accepted(await podman(['manifest', 'add', list, `docker://${gate.named}/podman/app:${tag}`]))
      }
      accepted(await podman(['manifest', 'push', '--all', list, `docker://${gate.named}/podman/list:all`]))
      for (const architecture of ['amd64', 'arm64']) {
        const image = `${gate.named}/podman/list:all`
        accepted(await podman(['pull', '--arch', architecture, image]))
        accepted(await podman(['image', 'inspect', '--format', '{{.Architecture}}', image]), new RegExp(architecture))
      }
    },
  },
  {
    name: 'logout: pull is refused',
    async run({ podman }, gate) {
      accepted(await podman(['logout', gate.named]))
      refused(await podman(['pull', `${gate.named}/podman/app:1`]), /unauthorized|authentication required/)
    },
  },
]

export const podman = client<Session>({
  name: 'podman',
  needs: ['podman'],
  async open(machine) {
    const folder = machine.makeFolder('podman')
    const globals = [
      '--root',
      join(folder, 'root'),
      '--runroot',
      join(folder, 'run'),
      '--tmpdir',
      join(folder, 'tmp'),
      '--storage-driver',
      'vfs',
      '--cgroup-manager',
      'cgroupfs',
      '--events-backend',
      'file',
    ]
    const env = { REGISTRY_AUTH_FILE: join(folder, 'auth.json'), HOME: folder }
    // podman 4.3 stops when the file that the variable names is not there.
    writeFileSync(env.REGISTRY_AUTH_FILE, '{}')
    const run = (args: readonly string[], input = '') => machine.run(['podman', ...globals, ...args], { env, input })
    const make = (architecture: 'amd64' | 'arm64') =>
      writeImageArchive(folder, architecture, { name: `sample/app:${architecture}`, seed: 'podman', architecture })
    const archives = [await make('amd64'), await make('arm64')] as const
    for (const archive of archives) accepted(await run(['load', '--input', archive]))
    return { machine, podman: run, archives }
  },
  steps,
})
