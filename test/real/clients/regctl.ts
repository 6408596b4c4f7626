/**
 * The steps of regctl: it names no source with its first try of a mount, and sends layers in pieces when told to. How it refuses a
 * certificate is left out, because it tries that for three seconds.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { digestOf } from '../parts/curl.js'
import type { Gate } from '../parts/gates.js'
import { writeImageArchive } from '../parts/image-archive.js'
import type { Machine } from '../parts/machine.js'
import type { Finished } from '../parts/program.js'
import { accepted, client, mounted, refused, type Step, same } from './client.js'

interface Session {
  readonly machine: Machine
  readonly folder: string
  readonly archive: string
  regctl(args: readonly string[], input?: string): Promise<Finished>
}

function login({ regctl }: Session, gate: Gate, password: string): Promise<Finished> {
  return regctl(['registry', 'login', '--user', gate.user.name, '--pass-stdin', gate.named], password)
}

const needsLogin = /unauthorized/

const steps: readonly Step<Session>[] = [
  {
    name: 'login: a wrong password is refused',
    does: ['wrong password'],
    async run(session, gate) {
      const ca = readFileSync(gate.files.cert, 'utf8')
      accepted(await session.regctl(['registry', 'set', '--skip-check', '--cacert', ca, gate.named]))
      refused(await login(session, gate, 'wrong'), needsLogin)
    },
  },
  {
    name: 'login',
    does: ['login'],
    async run(session, gate) {
      accepted(await login(session, gate, gate.user.password))
    },
  },
  {
    name: 'push, also in pieces of 1 MB',
    does: ['push'],
    async run({ regctl, archive }, gate) {
      const pieces = ['--blob-max', '1000000', '--blob-chunk', '1000000']
      accepted(await regctl(['image', 'import', `${gate.named}/regctl/app:1`, archive]))
      accepted(await regctl(['registry', 'set', '--skip-check', ...pieces, gate.named]))
      accepted(await regctl(['image', 'import', `${gate.named}/base/regctl:1`, archive]))
    },
  },
  {
    name: 'pull by tag and by digest',
    does: ['pull'],
    async run({ regctl, machine, folder }, gate) {
      const image = `${gate.named}/regctl/app`
      const digest = await digestOf(machine, gate, 'regctl/app', '1')
      for (const name of [`${image}:1`, `${image}@${digest}`]) {
        accepted(await regctl(['image', 'export', name, join(folder, 'pulled.tar')]))
      }
    },
  },
  {
    name: 'copy to another repository: blobs are mounted',
    does: ['mount'],
    async run({ regctl, machine }, gate) {
      accepted(await regctl(['image', 'copy', `${gate.named}/regctl/app:1`, `${gate.named}/regctl/other:1`]))
      await mounted(gate, 'regctl/other', 4)
      const copy = await digestOf(machine, gate, 'regctl/other', '1')
      same('the copy', copy, await digestOf(machine, gate, 'regctl/app', '1'))
    },
  },
  {
    name: 'catalog, list of tags',
    does: ['catalog'],
    async run({ regctl }, gate) {
      accepted(await regctl(['repo', 'ls', gate.named]), /^regctl\/app$/m, /^regctl\/other$/m)
      accepted(await regctl(['tag', 'ls', `${gate.named}/regctl/app`]), /^1$/m)
    },
  },
  {
    name: 'delete by digest, and of one tag: the other stays',
    does: ['delete'],
    async run({ regctl, machine }, gate) {
      const digest = await digestOf(machine, gate, 'regctl/other', '1')
      accepted(await regctl(['manifest', 'delete', `${gate.named}/regctl/other@${digest}`]))
      refused(await regctl(['image', 'digest', `${gate.named}/regctl/other:1`]), /not found/)
      accepted(await regctl(['image', 'copy', `${gate.named}/regctl/app:1`, `${gate.named}/regctl/app:2`]))
      accepted(await regctl(['tag', 'delete', `${gate.named}/regctl/app:2`]))
      same('the tags', (await regctl(['tag', 'ls', `${gate.named}/regctl/app`])).stdout.trim(), '1')
    },
  },
  {
    name: 'after logout: pull, where nobody may, and push are refused',
    does: ['anonymous pull'],
    async run({ regctl, archive, folder }, gate) {
      accepted(await regctl(['registry', 'logout', gate.named]))
      const pull = (image: string) => regctl(['image', 'export', `${gate.named}/${image}`, join(folder, 'pulled.tar')])
      if (gate.anonymous) accepted(await pull('base/regctl:1'))
      else refused(await pull('base/regctl:1'), needsLogin)
      refused(await pull('regctl/app:1'), needsLogin)
      refused(await regctl(['image', 'import', `${gate.named}/base/regctl:2`, archive]), needsLogin)
    },
  },
]

export const regctl = client<Session>({
  name: 'regctl',
  needs: ['regctl', 'curl'],
  async open(machine) {
    const folder = machine.makeFolder('regctl')
    const archive = await writeImageArchive(folder, 'image', { name: 'sample/app:1', seed: 'regctl' })
    const env = { HOME: folder, REGCTL_CONFIG: join(folder, 'regctl.json'), DOCKER_CONFIG: folder }
    return { machine, folder, archive, regctl: (args, input = '') => machine.run(['regctl', ...args], { env, input }) }
  },
  steps,
})
