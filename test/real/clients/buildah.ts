/** The steps of buildah, with a store of its own. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { deleteManifest } from '../parts/curl.js'
import { accepted, cannot, client, mounted, refused, type Step, same } from './client.js'
import { needsLogin, openTool, type Tool, withoutTrust, withPassword, withWrongPassword } from './containers-image.js'

interface Session extends Tool {
  readonly file: string
}

/** Builds an image of one file on top of another (or nothing); its id. */
async function build({ run: buildah, file }: Session, base: string, image: string): Promise<string> {
  const from = await buildah(['from', base])
  accepted(from)
  const container = from.stdout.trim()
  accepted(await buildah(['copy', container, file, `/${image.replaceAll(/\W/g, '-')}`]))
  accepted(await buildah(['commit', '--rm', container, image]))
  return (await buildah(['images', '--quiet', '--no-trunc', image])).stdout.trim()
}

const steps: readonly Step<Session>[] = [
  withoutTrust,
  withWrongPassword('containers'),
  withPassword,
  {
    name: 'build, push',
    does: ['push'],
    async run(session, gate) {
      await build(session, 'scratch', `built-${gate.name}`)
      accepted(await session.run(['push', `built-${gate.name}`, `${gate.named}/buildah/app:1`]))
      accepted(await session.run(['push', `built-${gate.name}`, `${gate.named}/base/buildah:1`]))
    },
  },
  {
    name: 'push to another repository: the layer is mounted',
    does: ['mount'],
    async run({ run: buildah }, gate) {
      accepted(await buildah(['push', `built-${gate.name}`, `${gate.named}/buildah/other:1`]))
      await mounted(gate, 'buildah/other', 1)
    },
  },
  {
    name: 'pull',
    does: ['pull'],
    async run({ run: buildah }, gate) {
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
      accepted(await session.run(['push', `on-top-${gate.name}`, `${gate.named}/buildah/app:2`]))
    },
  },
  {
    name: 'manifest list',
    async run({ run: buildah }, gate) {
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
    name: 'search the catalog',
    does: ['catalog'],
    async run({ run: buildah }, gate) {
      accepted(await buildah(['search', `${gate.named}/buildah`]), /buildah\/app/)
    },
    fails: cannot(/unknown command "search"/, 'buildah has no command for the catalog'),
  },
  {
    name: 'delete by digest with curl: the tag is gone',
    does: ['delete'],
    async run({ run: buildah, machine }, gate) {
      await deleteManifest(machine, gate, 'buildah/other', '1')
      refused(await buildah(['pull', `${gate.named}/buildah/other:1`]), /manifest unknown/)
    },
  },
  {
    name: 'logout: pull, where nobody may, is refused',
    does: ['anonymous pull'],
    async run({ run: buildah }, gate) {
      accepted(await buildah(['logout', gate.named]))
      if (gate.anonymous) accepted(await buildah(['pull', '--policy', 'always', `${gate.named}/base/buildah:1`]))
      else refused(await buildah(['pull', '--policy', 'always', `${gate.named}/base/buildah:1`]), needsLogin[gate.mode])
      refused(await buildah(['pull', '--policy', 'always', `${gate.named}/buildah/app:1`]), needsLogin[gate.mode])
    },
  },
]

export const buildah = client<Session>({
  name: 'buildah',
  needs: ['buildah'],
  async open(machine) {
    const tool = openTool(machine, 'buildah', folder => [
      '--root',
      join(folder, 'root'),
      '--runroot',
      join(folder, 'run'),
      '--storage-driver',
      'vfs',
    ])
    const file = join(tool.folder, 'content')
    writeFileSync(file, 'x'.repeat(2_000_000))
    return { ...tool, file }
  },
  steps,
})
