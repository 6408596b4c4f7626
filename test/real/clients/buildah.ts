/** The steps of buildah, with a store of its own. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Gate } from '../parts/gates.js'
import type { Machine } from '../parts/machine.js'
import type { Finished } from '../parts/program.js'
import { accepted, client, refused, type Step, same } from './client.js'

interface Session {
  readonly machine: Machine
  buildah(args: readonly string[], input?: string): Promise<Finished>
  readonly file: string
}

function login({ buildah }: Session, gate: Gate, password: string): Promise<Finished> {
  return buildah(['login', '--username', gate.user.name, '--password-stdin', gate.named], password)
}

/** Builds an image of one file on top of another (or nothing); its id. */
async function build({ buildah, file }: Session, base: string, image: string): Promise<string> {
  const from = await buildah(['from', base])
  accepted(from)
  const container = from.stdout.trim()
  accepted(await buildah(['copy', container, file, `/${image.replaceAll(/\W/g, '-')}`]))
  accepted(await buildah(['commit', '--rm', container, image]))
  return (await buildah(['images', '--quiet', '--no-trunc', image])).stdout.trim()
}

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
    name: 'login',
    async run(session, gate) {
      accepted(await login(session, gate, gate.user.password), /Login Succeeded/)
    },
  },
  {
    name: 'build, push, push to another repository',
    async run(session, gate) {
      await build(session, 'scratch', `built-${gate.name}`)
      accepted(await session.buildah(['push', `built-${gate.name}`, `${gate.named}/buildah/app:1`]))
      accepted(await session.buildah(['push', `built-${gate.name}`, `${gate.named}/buildah/other:1`]))
    },
  },
  {
    name: 'pull',
    async run({ buildah }, gate) {
      const before = (await buildah(['images', '--quiet', '--no-trunc', `built-${gate.name}`])).stdout.trim()
      accepted(await buildah(['rmi', '--all', '--force']))
      accepted(await buildah(['pull', `${gate.named}/buildah/app:1`]))
      const after = await buildah(['images', '--quiet', '--no-trunc', `${gate.named}/buildah/app:1`])
      same('the pulled image', after.stdout.trim(), before)
    },
  },
  {
    name: 'build on a pulled image, push the new layer',
    async run(session, gate) {
      await build(session, `${gate.named}/buildah/app:1`, `on-top-${gate.name}`)
      accepted(await session.buildah(['push', `on-top-${gate.name}`, `${gate.named}/buildah/app:2`]))
    },
  },
  {
    name: 'manifest list',
    async run({ buildah }, gate) {
      const list = `list-${gate.name}`
      accepted(await buildah(['manifest', 'create', list]))
      accepted(await buildah(['manifest', 'add', '--arch', 'amd64', list, `docker://${gate.named}/buildah/app:1`]))
      accepted(await buildah(['manifest', 'add', '--arch', 'arm64', list, `docker://${gate.named}/buildah/app:2`]))
      accepted(await buildah(['manifest', 'push', '--all', list, `docker://${gate.named}/buildah/list:all`]))
      const image = `${gate.named}/buildah/list:all`
      for (const architecture of ['amd64', 'arm64']) accepted(await buildah(['pull', '--arch', architecture, image]))
    },
  },
  {
    name: 'logout: pull is refused',
    async run({ buildah }, gate) {
      accepted(await buildah(['logout', gate.named]))
      refused(await buildah(['pull', `${gate.named}/buildah/other:1`]), /unauthorized|authentication required/)
    },
  },
]

export const buildah = client<Session>({
  name: 'buildah',
  needs: ['buildah'],
  async open(machine) {
    const folder = machine.makeFolder('buildah')
    const globals = ['--root', join(folder, 'root'), '--runroot', join(folder, 'run'), '--storage-driver', 'vfs']
    const env = { REGISTRY_AUTH_FILE: join(folder, 'auth.json'), HOME: folder }
    const file = join(folder, 'content')
    writeFileSync(file, 'x'.repeat(2_000_000))
    const run = (args: readonly string[], input = '') => machine.run(['buildah', ...globals, ...args], { env, input })
    return { machine, file, buildah: run }
  },
  steps,
})
