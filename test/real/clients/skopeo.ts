/** The steps of skopeo, which copies between registries without an engine. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Gate } from '../parts/gates.js'
import { writeImageArchive } from '../parts/image-archive.js'
import type { Machine } from '../parts/machine.js'
import type { Finished } from '../parts/program.js'
import { accepted, client, refused, type Step, same } from './client.js'

interface Session {
  readonly machine: Machine
  skopeo(args: readonly string[], input?: string): Promise<Finished>
  readonly folder: string
  readonly archive: string
}

function login({ skopeo }: Session, gate: Gate, password: string): Promise<Finished> {
  return skopeo(['login', '--username', gate.user.name, '--password-stdin', gate.named], password)
}

const image = (gate: Gate, repository: string, tag = '1') => `docker://${gate.named}/skopeo/${repository}:${tag}`

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
      const folder = `/etc/docker/certs.d/${gate.named}`
      await session.machine.write(`${folder}/ca.crt`, readFileSync(gate.files.cert, 'utf8'))
      refused(await login(session, gate, 'wrong'), /invalid username\/password/)
    },
  },
  {
    name: 'copy without a login is refused',
    async run({ skopeo, archive }, gate) {
      refused(await skopeo(['copy', `docker-archive:${archive}`, image(gate, 'app')]), /unauthorized|authentication/)
    },
  },
  {
    name: 'copy with --dest-creds, as OCI',
    async run({ skopeo, archive }, gate) {
      const target = image(gate, 'creds')
      const flags = (password: string) => ['--dest-creds', `${gate.user.name}:${password}`, '--format', 'oci']
      refused(await skopeo(['copy', ...flags('wrong'), `docker-archive:${archive}`, target]), /unauthorized|password/)
      accepted(await skopeo(['copy', ...flags(gate.user.password), `docker-archive:${archive}`, target]))
    },
  },
  {
    name: 'login',
    async run(session, gate) {
      accepted(await login(session, gate, gate.user.password), /Login Succeeded/)
    },
  },
  {
    name: 'copy an archive to the registry',
    async run({ skopeo, archive }, gate) {
      accepted(await skopeo(['copy', `docker-archive:${archive}`, image(gate, 'app')]))
    },
  },
  {
    name: 'copy within the registry: blobs are mounted',
    async run({ skopeo }, gate) {
      const finished = await skopeo(['--debug', 'copy', image(gate, 'app'), image(gate, 'other')])
      accepted(finished)
      same('the number of mounted layers', String(finished.output.match(/mount OK/g)?.length), '3')
    },
  },
  {
    name: 'inspect, list-tags',
    async run({ skopeo }, gate) {
      accepted(await skopeo(['inspect', image(gate, 'app')]), /"Architecture": "amd64"/)
      accepted(await skopeo(['list-tags', `docker://${gate.named}/skopeo/app`]), /"1"/)
    },
  },
  {
    name: 'copy from the registry: content is verified',
    async run({ skopeo, folder }, gate) {
      const target = join(folder, `copy-${gate.name}`)
      accepted(await skopeo(['copy', image(gate, 'app'), `dir:${target}`]))
      const digest = (await skopeo(['manifest-digest', join(target, 'manifest.json')])).stdout.trim()
      accepted(await skopeo(['inspect', '--format', '{{.Digest}}', image(gate, 'app')]), new RegExp(digest))
    },
  },
  {
    name: 'sync a folder to the registry',
    async run({ skopeo, folder }, gate) {
      const source = join(folder, `sync-${gate.name}`)
      accepted(await skopeo(['sync', '--src', 'docker', '--dest', 'dir', `${gate.named}/skopeo/app`, source]))
      accepted(await skopeo(['sync', '--src', 'dir', '--dest', 'docker', source, `${gate.named}/skopeo/synced`]))
      accepted(await skopeo(['inspect', image(gate, 'synced/app')]))
    },
  },
  {
    name: 'delete',
    async run({ skopeo }, gate) {
      accepted(await skopeo(['delete', image(gate, 'app')]))
      refused(await skopeo(['inspect', image(gate, 'app')]), /manifest unknown/)
      accepted(await skopeo(['inspect', image(gate, 'other')]))
    },
  },
]

export const skopeo = client<Session>({
  name: 'skopeo',
  needs: ['skopeo'],
  async open(machine) {
    const folder = machine.makeFolder('skopeo')
    const env = { REGISTRY_AUTH_FILE: join(folder, 'auth.json'), HOME: folder }
    const archive = await writeImageArchive(folder, 'image', { name: 'sample/app:1', seed: 'skopeo' })
    return {
      machine,
      folder,
      archive,
      skopeo: (args, input = '') => machine.run(['skopeo', '--tmpdir', folder, ...args], { env, input }),
    }
  },
  steps,
})
