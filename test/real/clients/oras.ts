/** The steps of oras, with an artifact that is no image. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { digestOf } from '../parts/curl.js'
import type { Gate } from '../parts/gates.js'
import type { Machine } from '../parts/machine.js'
import type { Finished } from '../parts/program.js'
import { accepted, client, mounted, refused, type Step, same } from './client.js'

interface Session {
  readonly machine: Machine
  /** Holds the artifact's only file; `oras` runs in it. */
  readonly folder: string
  oras(args: readonly string[], input?: string): Promise<Finished>
}

const registryConfig = 'registry-config.json'
const content = 'an artifact\n'

/** Flags that every command takes, for copies once for each side. */
const flags = (gate: Gate, side: '' | 'from-' | 'to-' = '') => [
  `--${side}registry-config`,
  registryConfig,
  `--${side}ca-file`,
  gate.files.cert,
]

function login({ oras }: Session, gate: Gate, password: string, trust = true): Promise<Finished> {
  const how = trust ? flags(gate) : ['--registry-config', registryConfig]
  return oras(['login', ...how, '--username', gate.user.name, '--password-stdin', gate.named], password)
}

const push = ({ oras }: Session, gate: Gate, image: string) =>
  oras(['push', ...flags(gate), `${gate.named}/${image}`, 'file.txt:text/plain'])

const pull = ({ oras }: Session, gate: Gate, image: string) =>
  oras(['pull', ...flags(gate), '--output', 'pulled', `${gate.named}/${image}`])

const needsLogin = {
  basic: /basic credential not found/,
  token: /401: unauthorized|unauthorized: |denied: anonymous may not/i,
}

const steps: readonly Step<Session>[] = [
  {
    name: 'without the CA file: login fails with x509',
    async run(session, gate) {
      const message = /x509: certificate signed by unknown authority/
      refused(await login(session, gate, gate.user.password, false), message)
    },
  },
  {
    name: 'login: a wrong password is refused',
    does: ['wrong password'],
    async run(session, gate) {
      refused(await login(session, gate, 'wrong'), gate.name === 'nginx' ? /401|unauthorized/i : /password is wrong/)
    },
  },
  {
    name: 'login',
    does: ['login'],
    async run(session, gate) {
      accepted(await login(session, gate, gate.user.password), /Login Succeeded/)
    },
  },
  {
    name: 'push',
    does: ['push'],
    async run(session, gate) {
      for (const image of ['oras/app:1', 'base/oras:1']) accepted(await push(session, gate, image), /Pushed/)
    },
  },
  {
    name: 'pull by tag and by digest',
    does: ['pull'],
    async run(session, gate) {
      const digest = await digestOf(session.machine, gate, 'oras/app', '1')
      for (const image of ['oras/app:1', `oras/app@${digest}`]) {
        accepted(await pull(session, gate, image), /Pulled/)
        same('the file', readFileSync(join(session.folder, 'pulled/file.txt'), 'utf8'), content)
      }
    },
  },
  {
    name: 'copy to another repository: blobs are mounted',
    does: ['mount'],
    async run({ oras }, gate) {
      const both = [...flags(gate, 'from-'), ...flags(gate, 'to-')]
      accepted(await oras(['cp', ...both, `${gate.named}/oras/app:1`, `${gate.named}/oras/other:1`]), /Mounted/)
      await mounted(gate, 'oras/other', 2)
    },
  },
  {
    name: 'catalog, list of tags',
    does: ['catalog'],
    async run({ oras }, gate) {
      accepted(await oras(['repo', 'ls', ...flags(gate), gate.named]), /^oras\/app$/m, /^oras\/other$/m)
      accepted(await oras(['repo', 'tags', ...flags(gate), `${gate.named}/oras/app`]), /^1$/m)
    },
  },
  {
    name: 'attach to an artifact, discover what is attached',
    async run({ oras }, gate) {
      const artifact = `${gate.named}/oras/app:1`
      accepted(await oras(['attach', ...flags(gate), '--artifact-type', 'test/note', artifact, 'file.txt']), /Attached/)
      accepted(await oras(['discover', ...flags(gate), artifact]), /test\/note/)
    },
  },
  {
    name: 'delete: the tag is gone',
    does: ['delete'],
    async run({ oras }, gate) {
      const artifact = `${gate.named}/oras/other:1`
      accepted(await oras(['manifest', 'delete', ...flags(gate), '--force', artifact]), /Deleted/)
      refused(await oras(['resolve', ...flags(gate), artifact]), /not found/)
    },
  },
  {
    name: 'after logout: pull, where nobody may, and push are refused',
    does: ['anonymous pull'],
    async run(session, gate) {
      accepted(await session.oras(['logout', '--registry-config', registryConfig, gate.named]))
      if (gate.anonymous) accepted(await pull(session, gate, 'base/oras:1'))
      else refused(await pull(session, gate, 'base/oras:1'), needsLogin[gate.mode])
      refused(await pull(session, gate, 'oras/app:1'), needsLogin[gate.mode])
      refused(await push(session, gate, 'base/oras:2'), needsLogin[gate.mode])
    },
  },
]

export const oras = client<Session>({
  name: 'oras',
  needs: ['oras', 'curl'],
  async open(machine) {
    const folder = machine.makeFolder('oras')
    writeFileSync(join(folder, 'file.txt'), content)
    const inFolder = ['sh', '-c', 'cd "$1" && shift && exec oras "$@"', 'sh', folder] as const
    return {
      machine,
      folder,
      oras: (args, input = '') => machine.run([...inFolder, ...args], { env: { HOME: folder }, input }),
    }
  },
  steps,
})
