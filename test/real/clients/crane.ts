/** The steps of crane, whose library go-containerregistry is in kaniko, ko and cosign too. */
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
  crane(
    args: readonly string[],
    options: { readonly env?: Record<string, string>; readonly input?: string },
  ): Promise<Finished>
}

/** Go takes the file that the variable names for all the certificates there are. */
const run = (session: Session, gate: Gate, ...args: readonly string[]): Promise<Finished> =>
  session.crane(args, { env: { SSL_CERT_FILE: gate.files.cert } })

function login({ crane }: Session, gate: Gate, password: string): Promise<Finished> {
  return crane(['auth', 'login', '--username', gate.user.name, '--password-stdin', gate.named], { input: password })
}

const needsLogin = /UNAUTHORIZED|401 Unauthorized|DENIED: anonymous may not/

const steps: readonly Step<Session>[] = [
  {
    name: 'with a wrong password, which login does not try, everything is refused',
    does: ['wrong password'],
    async run(session, gate) {
      accepted(await login(session, gate, 'wrong'))
      const message = gate.name === 'nginx' ? /401 Unauthorized/ : /UNAUTHORIZED: user name or password is wrong/
      refused(await run(session, gate, 'catalog', gate.named), message)
      refused(await run(session, gate, 'push', session.archive, `${gate.named}/crane/app:1`), needsLogin)
    },
  },
  {
    name: 'login; without the CA file everything fails with x509',
    does: ['login'],
    async run(session, gate) {
      accepted(await login(session, gate, gate.user.password), /logged in/)
      refused(await session.crane(['catalog', gate.named], {}), /x509: certificate signed by unknown authority/)
      accepted(await run(session, gate, 'catalog', gate.named))
    },
  },
  {
    name: 'push',
    does: ['push'],
    async run(session, gate) {
      for (const repository of ['crane/app', 'base/crane']) {
        const finished = await run(session, gate, 'push', session.archive, `${gate.named}/${repository}:1`)
        accepted(finished, new RegExp(`/${repository}@sha256:`))
      }
    },
  },
  {
    name: 'pull by tag and by digest, validate',
    does: ['pull'],
    async run(session, gate) {
      const image = `${gate.named}/crane/app`
      const digest = await digestOf(session.machine, gate, 'crane/app', '1')
      for (const name of [`${image}:1`, `${image}@${digest}`]) {
        accepted(await run(session, gate, 'pull', name, join(session.folder, 'pulled.tar')))
      }
      accepted(await run(session, gate, 'validate', '--remote', `${image}:1`), /PASS/)
    },
  },
  {
    name: 'copy to another repository: blobs are mounted',
    does: ['mount'],
    async run(session, gate) {
      const [from, to] = [`${gate.named}/crane/app:1`, `${gate.named}/crane/other:1`] as const
      accepted(await run(session, gate, 'copy', from, to))
      await mounted(gate, 'crane/other', 4)
      const digest = await digestOf(session.machine, gate, 'crane/app', '1')
      same('the copy', (await run(session, gate, 'digest', to)).stdout.trim(), digest)
    },
  },
  {
    name: 'a new tag, catalog, list of tags',
    does: ['catalog'],
    async run(session, gate) {
      accepted(await run(session, gate, 'tag', `${gate.named}/crane/app:1`, 'latest'))
      accepted(await run(session, gate, 'catalog', gate.named), /^crane\/app$/m, /^crane\/other$/m)
      accepted(await run(session, gate, 'ls', `${gate.named}/crane/app`), /^1$/m, /^latest$/m)
    },
  },
  {
    name: 'delete by digest: the tag is gone',
    does: ['delete'],
    async run(session, gate) {
      const digest = await digestOf(session.machine, gate, 'crane/other', '1')
      accepted(await run(session, gate, 'delete', `${gate.named}/crane/other@${digest}`))
      refused(await run(session, gate, 'digest', `${gate.named}/crane/other:1`), /MANIFEST_UNKNOWN/)
      accepted(await run(session, gate, 'digest', `${gate.named}/crane/app:1`))
    },
  },
  {
    name: 'after logout: pull, where nobody may, and push are refused',
    does: ['anonymous pull'],
    async run(session, gate) {
      accepted(await run(session, gate, 'auth', 'logout', gate.named))
      const pull = (image: string) =>
        run(session, gate, 'pull', `${gate.named}/${image}`, join(session.folder, 'pulled.tar'))
      if (gate.anonymous) accepted(await pull('base/crane:1'))
      else refused(await pull('base/crane:1'), needsLogin)
      refused(await pull('crane/app:1'), needsLogin)
      refused(await run(session, gate, 'push', session.archive, `${gate.named}/base/crane:2`), needsLogin)
    },
  },
]

export const crane = client<Session>({
  name: 'crane',
  needs: ['crane', 'curl'],
  async open(machine) {
    const folder = machine.makeFolder('crane')
    const archive = await writeImageArchive(folder, 'image', { name: 'sample/app:1', seed: 'crane' })
    return {
      machine,
      folder,
      archive,
      crane: (args, { env = {}, input = '' }) =>
        machine.run(['crane', ...args], { env: { DOCKER_CONFIG: folder, ...env }, input }),
    }
  },
  steps,
})
