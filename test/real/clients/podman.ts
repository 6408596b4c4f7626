/** The steps of podman, with a store of its own. */
import { join } from 'node:path'
import { deleteManifest, digestOf } from '../parts/curl.js'
import { writeImageArchive } from '../parts/image-archive.js'
import { accepted, client, mounted, refused, type Step, same } from './client.js'
import { needsLogin, openTool, type Tool, withoutTrust, withPassword, withWrongPassword } from './containers-image.js'

interface Session extends Tool {
  /** Archives of the same image for two architectures. */
  readonly archives: readonly [amd64: string, arm64: string]
}

const local = 'localhost/sample/app'

const steps: readonly Step<Session>[] = [
  withoutTrust,
  withWrongPassword('containers'),
  {
    name: 'push without a login is refused',
    async run({ run: podman }, gate) {
      refused(await podman(['push', `${local}:amd64`, `${gate.named}/podman/app:1`]), needsLogin[gate.mode])
    },
  },
  withPassword,
  {
    name: 'push',
    does: ['push'],
    async run({ run: podman }, gate) {
      accepted(await podman(['push', `${local}:amd64`, `${gate.named}/podman/app:1`]))
      accepted(await podman(['push', `${local}:amd64`, `${gate.named}/base/podman:1`]))
    },
  },
  {
    name: 'push to another repository: layers are mounted',
    does: ['mount'],
    async run({ run: podman }, gate) {
      accepted(await podman(['push', `${local}:amd64`, `${gate.named}/podman/other:1`]))
      await mounted(gate, 'podman/other', 3)
    },
  },
  {
    name: 'pull by tag and by digest',
    does: ['pull'],
    async run({ run: podman, machine, archives }, gate) {
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
    does: ['catalog'],
    async run({ run: podman }, gate) {
      accepted(await podman(['search', `${gate.named}/podman`]), /podman\/app/, /podman\/other/)
      accepted(await podman(['search', '--list-tags', `${gate.named}/podman/app`]), /podman\/app\s+1/)
    },
  },
  {
    name: 'manifest list',
    async run({ run: podman }, gate) {
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
    name: 'delete by digest with curl: the tag is gone',
    does: ['delete'],
    async run({ run: podman, machine }, gate) {
      await deleteManifest(machine, gate, 'podman/other', '1')
      refused(await podman(['pull', `${gate.named}/podman/other:1`]), /manifest unknown/)
    },
  },
  {
    name: 'logout: pull, where nobody may, is refused',
    does: ['anonymous pull'],
    async run({ run: podman }, gate) {
      accepted(await podman(['logout', gate.named]))
      if (gate.anonymous) accepted(await podman(['pull', `${gate.named}/base/podman:1`]))
      else refused(await podman(['pull', `${gate.named}/base/podman:1`]), needsLogin[gate.mode])
      refused(await podman(['pull', `${gate.named}/podman/app:1`]), needsLogin[gate.mode])
    },
  },
]

export const podman = client<Session>({
  name: 'podman',
  needs: ['podman'],
  async open(machine) {
    const tool = openTool(machine, 'podman', folder => [
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
    ])
    const make = (architecture: 'amd64' | 'arm64') =>
      writeImageArchive(tool.folder, architecture, { name: `sample/app:${architecture}`, seed: 'podman', architecture })
    const archives = [await make('amd64'), await make('arm64')] as const
    for (const archive of archives) accepted(await tool.run(['load', '--input', archive]))
    return { ...tool, archives }
  },
  steps,
})
