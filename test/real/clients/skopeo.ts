/** The steps of skopeo, which copies between registries without an engine. */
import { join } from 'node:path'
import type { Gate } from '../parts/gates.js'
import { writeImageArchive } from '../parts/image-archive.js'
import { accepted, cannot, client, mounted, refused, type Step, same } from './client.js'
import { needsLogin, openTool, type Tool, withoutTrust, withPassword, withWrongPassword } from './containers-image.js'

interface Session extends Tool {
  readonly archive: string
}

const image = (gate: Gate, repository: string, tag = '1') => `docker://${gate.named}/skopeo/${repository}:${tag}`

const steps: readonly Step<Session>[] = [
  withoutTrust,
  withWrongPassword('docker'),
  {
    name: 'copy without a login is refused',
    async run({ run: skopeo, archive }, gate) {
      refused(await skopeo(['copy', `docker-archive:${archive}`, image(gate, 'app')]), needsLogin[gate.mode])
    },
  },
  {
    name: 'copy with --dest-creds, as OCI',
    async run({ run: skopeo, archive }, gate) {
      const target = image(gate, 'creds')
      const flags = (password: string) => ['--dest-creds', `${gate.user.name}:${password}`, '--format', 'oci']
      refused(
        await skopeo(['copy', ...flags('wrong'), `docker-archive:${archive}`, target]),
        /unauthorized|invalid username\/password/,
      )
      accepted(await skopeo(['copy', ...flags(gate.user.password), `docker-archive:${archive}`, target]))
    },
  },
  withPassword,
  {
    name: 'copy an archive to the registry',
    does: ['push'],
    async run({ run: skopeo, archive }, gate) {
      accepted(await skopeo(['copy', `docker-archive:${archive}`, `docker://${gate.named}/base/skopeo:1`]))
      accepted(await skopeo(['copy', `docker-archive:${archive}`, image(gate, 'app')]))
    },
  },
  {
    name: 'copy within the registry: layers are mounted',
    does: ['mount'],
    async run({ run: skopeo }, gate) {
      const finished = await skopeo(['--debug', 'copy', image(gate, 'app'), image(gate, 'other')])
      accepted(finished)
      same('the number of mounted layers', String(finished.output.match(/mount OK/g)?.length), '3')
      await mounted(gate, 'skopeo/other', 3)
    },
  },
  {
    name: 'inspect, list-tags',
    async run({ run: skopeo }, gate) {
      accepted(await skopeo(['inspect', image(gate, 'app')]), /"Architecture": "amd64"/)
      accepted(await skopeo(['list-tags', `docker://${gate.named}/skopeo/app`]), /"1"/)
    },
  },
  {
    name: 'catalog',
    does: ['catalog'],
    async run({ run: skopeo }, gate) {
      accepted(await skopeo(['list-tags', `docker://${gate.named}`]), /skopeo\/app/)
    },
    fails: cannot(
      /No tag or digest allowed in reference/,
      'skopeo lists the tags of one repository, but no repositories',
    ),
  },
  {
    name: 'copy from the registry: content is verified',
    does: ['pull'],
    async run({ run: skopeo, folder }, gate) {
      const target = join(folder, `copy-${gate.name}`)
      accepted(await skopeo(['copy', image(gate, 'app'), `dir:${target}`]))
      const digest = (await skopeo(['manifest-digest', join(target, 'manifest.json')])).stdout.trim()
      accepted(await skopeo(['inspect', '--format', '{{.Digest}}', image(gate, 'app')]), new RegExp(digest))
    },
  },
  {
    name: 'sync a folder to the registry',
    async run({ run: skopeo, folder }, gate) {
      const source = join(folder, `sync-${gate.name}`)
      accepted(await skopeo(['sync', '--src', 'docker', '--dest', 'dir', `${gate.named}/skopeo/app`, source]))
      accepted(await skopeo(['sync', '--src', 'dir', '--dest', 'docker', source, `${gate.named}/skopeo/synced`]))
      accepted(await skopeo(['inspect', image(gate, 'synced/app')]))
    },
  },
  {
    name: 'delete',
    does: ['delete'],
    async run({ run: skopeo }, gate) {
      accepted(await skopeo(['delete', image(gate, 'app')]))
      refused(await skopeo(['inspect', image(gate, 'app')]), /manifest unknown/)
      accepted(await skopeo(['inspect', image(gate, 'other')]))
    },
  },
  {
    name: 'logout: inspect, where nobody may, and copy are refused',
    does: ['anonymous pull'],
    async run({ run: skopeo, archive }, gate) {
      accepted(await skopeo(['logout', gate.named]))
      const open = `docker://${gate.named}/base/skopeo:1`
      if (gate.anonymous) accepted(await skopeo(['inspect', open]))
      else refused(await skopeo(['inspect', open]), needsLogin[gate.mode])
      refused(await skopeo(['inspect', image(gate, 'other')]), needsLogin[gate.mode])
      refused(await skopeo(['copy', `docker-archive:${archive}`, open]), needsLogin[gate.mode])
    },
  },
]

export const skopeo = client<Session>({
  name: 'skopeo',
  needs: ['skopeo'],
  async open(machine) {
    const tool = openTool(machine, 'skopeo', folder => ['--tmpdir', folder])
    const archive = await writeImageArchive(tool.folder, 'image', { name: 'sample/app:1', seed: 'skopeo' })
    return { ...tool, archive }
  },
  steps,
})
