/** The steps of helm, which keeps charts in registries and knows little else about them. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Gate } from '../parts/gates.js'
import type { Machine } from '../parts/machine.js'
import type { Finished } from '../parts/program.js'
import { accepted, cannot, client, refused, type Step, same } from './client.js'

interface Session {
  readonly machine: Machine
  readonly folder: string
  /** The packaged chart app 1.0.0. */
  readonly chart: string
  helm(args: readonly string[], input?: string): Promise<Finished>
}

const trust = (gate: Gate) => ['--ca-file', gate.files.cert]

function login({ helm }: Session, gate: Gate, password: string, flags: readonly string[]): Promise<Finished> {
  return helm(['registry', 'login', ...flags, '--username', gate.user.name, '--password-stdin', gate.named], password)
}

const push = ({ helm, chart }: Session, gate: Gate, repository: string) =>
  helm(['push', ...trust(gate), chart, `oci://${gate.named}/${repository}`])

const pull = ({ helm, folder }: Session, gate: Gate, repository: string) =>
  helm(['pull', ...trust(gate), '--destination', join(folder, 'pulled'), `oci://${gate.named}/${repository}/app`])

const needsLogin = {
  basic: /basic credential not found/,
  token: /401: unauthorized|unauthorized: |denied: anonymous may not/i,
}

const steps: readonly Step<Session>[] = [
  {
    name: 'without the CA file: login fails with x509',
    async run(session, gate) {
      refused(await login(session, gate, gate.user.password, []), /x509: certificate signed by unknown authority/)
    },
  },
  {
    name: 'login: a wrong password is refused',
    does: ['wrong password'],
    async run(session, gate) {
      const message = gate.name === 'nginx' ? /status code 401/ : /password is wrong/
      refused(await login(session, gate, 'wrong', trust(gate)), message)
    },
  },
  {
    name: 'login',
    does: ['login'],
    async run(session, gate) {
      accepted(await login(session, gate, gate.user.password, trust(gate)), /Login Succeeded/)
    },
  },
  {
    name: 'push',
    does: ['push'],
    async run(session, gate) {
      for (const repository of ['helm', 'base/helm']) accepted(await push(session, gate, repository), /Digest: sha256:/)
    },
  },
  {
    name: 'pull, show',
    does: ['pull'],
    async run(session, gate) {
      accepted(await pull(session, gate, 'helm'), /Digest: sha256:/)
      const pulled = readFileSync(join(session.folder, 'pulled/app-1.0.0.tgz'))
      same('the chart', pulled.toString('hex'), readFileSync(session.chart).toString('hex'))
      accepted(await session.helm(['show', 'chart', ...trust(gate), `oci://${gate.named}/helm/app`]), /^name: app$/m)
    },
  },
  {
    name: 'push to another repository: blobs are mounted',
    does: ['mount'],
    async run(session, gate) {
      accepted(await push(session, gate, 'helm/other'))
      same('the number of mounted blobs', String(gate.mounted('helm/other/app')), '2')
    },
    fails: cannot(/should be "2", and is "0"/, 'helm uploads every chart in full and asks for no mount'),
  },
  {
    name: 'catalog',
    does: ['catalog'],
    async run({ helm }) {
      accepted(await helm(['registry', 'list']), /^helm\/app$/m)
    },
    fails: cannot(/Available Commands:\s+login .*\s+logout /, 'helm has no command for the catalog'),
  },
  {
    name: 'delete',
    does: ['delete'],
    async run({ helm }, gate) {
      accepted(await helm(['registry', 'delete', `${gate.named}/helm/app:1.0.0`]), /deleted/)
    },
    fails: cannot(/Available Commands:\s+login .*\s+logout /, 'helm has no command that deletes from a registry'),
  },
  {
    name: 'after logout: pull, where nobody may, and push are refused',
    does: ['anonymous pull'],
    async run(session, gate) {
      accepted(await session.helm(['registry', 'logout', gate.named]))
      if (gate.anonymous) accepted(await pull(session, gate, 'base/helm'))
      else refused(await pull(session, gate, 'base/helm'), needsLogin[gate.mode])
      refused(await pull(session, gate, 'helm'), needsLogin[gate.mode])
      refused(await push(session, gate, 'base/other'), needsLogin[gate.mode])
    },
  },
]

export const helm = client<Session>({
  name: 'helm',
  needs: ['helm', 'curl'],
  async open(machine) {
    const folder = machine.makeFolder('helm')
    for (const name of ['app', 'pulled']) mkdirSync(join(folder, name))
    writeFileSync(join(folder, 'app/Chart.yaml'), 'apiVersion: v2\nname: app\nversion: 1.0.0\n')
    const env = { HOME: folder, HELM_REGISTRY_CONFIG: join(folder, 'registry.json') }
    const helm = (args: readonly string[], input = '') => machine.run(['helm', ...args], { env, input })
    accepted(await helm(['package', '--destination', folder, join(folder, 'app')]))
    return { machine, folder, helm, chart: join(folder, 'app-1.0.0.tgz') }
  },
  steps,
})
