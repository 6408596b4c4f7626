/** The steps of containerd with `ctr`. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Containerd } from '../parts/containerd.js'
import { deleteManifest, digestOf } from '../parts/curl.js'
import type { Gate } from '../parts/gates.js'
import { writeImageArchive } from '../parts/image-archive.js'
import type { Machine } from '../parts/machine.js'
import type { Finished } from '../parts/program.js'
import { accepted, cannot, client, mounted, refused, type Step, same } from './client.js'

interface Session {
  readonly machine: Machine
  readonly containerd: Containerd
  /** What --hosts-dir names: HOST:PORT/ca.crt below it. */
  readonly hosts: string
  readonly archive: string
}

type Transfer = 'push' | 'pull'

/** `ctr images push|pull`, as a person who is logged in, with a wrong password, or as nobody. */
function transfer(session: Session, gate: Gate, verb: Transfer, image: string, password?: string): Promise<Finished> {
  const user = password === undefined ? [] : ['--user', `${gate.user.name}:${password}`]
  return session.containerd.run(['images', verb, '--hosts-dir', session.hosts, ...user, `${gate.named}/${image}`])
}

/** containerd shows the status line and nothing of the body. */
const wrongPassword = ({ name }: Gate) => (name === 'nginx' ? /401 Unauthorized/ : /401 user name or password is wrong/)
/** Without a user a token is issued all the same, which allows nothing. */
const needsLogin = {
  basic: /401 (Unauthorized|authentication required)/,
  token: /insufficient_scope: authorization failed/,
}

const steps: readonly Step<Session>[] = [
  {
    name: 'without the CA file: push fails with x509',
    async run(session, gate) {
      accepted(await session.containerd.run(['images', 'tag', '--force', sample, `${gate.named}/ctr/app:1`]))
      refused(await transfer(session, gate, 'push', 'ctr/app:1', gate.user.password), /x509: certificate signed by/)
    },
  },
  {
    name: 'push with a wrong password, or with none, is refused',
    does: ['wrong password'],
    async run(session, gate) {
      await session.machine.write(`${session.hosts}/${gate.named}/ca.crt`, readFileSync(gate.files.cert, 'utf8'))
      refused(await transfer(session, gate, 'push', 'ctr/app:1', 'wrong'), wrongPassword(gate))
      refused(await transfer(session, gate, 'push', 'ctr/app:1'), needsLogin[gate.mode])
    },
  },
  {
    name: 'push',
    does: ['login', 'push'],
    async run(session, gate) {
      accepted(await transfer(session, gate, 'push', 'ctr/app:1', gate.user.password))
    },
  },
  {
    name: 'pull by tag and by digest',
    does: ['pull'],
    async run(session, gate) {
      const { containerd, machine } = session
      const digest = await digestOf(machine, gate, 'ctr/app', '1')
      const images = (await containerd.run(['images', 'ls', '--quiet'])).stdout.trim().split('\n')
      accepted(await containerd.run(['images', 'rm', '--sync', ...images]))
      accepted(await transfer(session, gate, 'pull', 'ctr/app:1', gate.user.password), /done/)
      accepted(await transfer(session, gate, 'pull', `ctr/app@${digest}`, gate.user.password), /done/)
      refused(await transfer(session, gate, 'pull', 'ctr/app:1', 'wrong'), wrongPassword(gate))
      accepted(await containerd.run(['images', 'ls', `name==${gate.named}/ctr/app:1`]), new RegExp(digest))
    },
  },
  {
    name: 'push to another repository: blobs are mounted',
    does: ['mount'],
    async run(session, gate) {
      const { containerd, machine } = session
      accepted(await containerd.run(['images', 'tag', `${gate.named}/ctr/app:1`, `${gate.named}/ctr/other:1`]))
      accepted(await transfer(session, gate, 'push', 'ctr/other:1', gate.user.password))
      await mounted(gate, 'ctr/other', 4)
      const pushed = await digestOf(machine, gate, 'ctr/other', '1')
      same('the other repository', pushed, await digestOf(machine, gate, 'ctr/app', '1'))
      accepted(await containerd.run(['images', 'import', session.archive]))
    },
  },
  {
    name: 'catalog',
    does: ['catalog'],
    async run({ containerd }, gate) {
      accepted(await containerd.run(['images', 'search', gate.named]), /ctr\/app/)
    },
    fails: cannot(/No help topic for 'search'/, 'ctr has no command for the catalog'),
  },
  {
    name: 'delete by digest with curl: pull fails',
    does: ['delete'],
    async run(session, gate) {
      await deleteManifest(session.machine, gate, 'ctr/other', '1')
      refused(await transfer(session, gate, 'pull', 'ctr/other:1', gate.user.password), /not found/)
    },
  },
  {
    name: 'without a user: pull, where nobody may, is refused',
    does: ['anonymous pull'],
    async run(session, gate) {
      accepted(await session.containerd.run(['images', 'tag', '--force', sample, `${gate.named}/base/ctr:1`]))
      accepted(await transfer(session, gate, 'push', 'base/ctr:1', gate.user.password))
      if (gate.anonymous) accepted(await transfer(session, gate, 'pull', 'base/ctr:1'))
      else refused(await transfer(session, gate, 'pull', 'base/ctr:1'), needsLogin[gate.mode])
      refused(await transfer(session, gate, 'pull', 'ctr/app:1'), needsLogin[gate.mode])
    },
  },
]

const sample = 'docker.io/sample/app:1'

export const ctr = client<Session>({
  name: 'ctr',
  needs: ['containerd'],
  async open(machine) {
    const containerd = await Containerd.start(machine)
    const archive = await writeImageArchive(machine.folder, 'ctr', { name: 'sample/app:1', seed: 'ctr' })
    accepted(await containerd.run(['images', 'import', archive]))
    return { machine, containerd, archive, hosts: join(machine.folder, 'hosts') }
  },
  steps,
})
