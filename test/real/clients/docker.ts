/** The steps of the Docker Engine and its command line. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { curl, deleteManifest, digestOf } from '../parts/curl.js'
import { DockerEngine } from '../parts/docker-engine.js'
import { loadImage } from '../parts/docker-images.js'
import type { Gate } from '../parts/gates.js'
import type { Machine } from '../parts/machine.js'
import type { Finished } from '../parts/program.js'
import { accepted, cannot, client, mounted, refused, type Step, same } from './client.js'

interface Session {
  readonly machine: Machine
  readonly engine: DockerEngine
  /** A DOCKER_CONFIG in which nobody is logged in. */
  readonly nobody: string
}

/** The addresses by which a person reaches the same gate. */
type By = 'localhost' | 'loopback' | 'named'

function login({ engine }: Session, gate: Gate, by: By, password: string): Promise<Finished> {
  return engine.run(['login', '--username', gate.user.name, '--password-stdin', gate[by]], { input: password })
}

/** What a person reads where a login is needed and there is none. */
const needsLogin = {
  basic: /no basic auth credentials/,
  token: /denied: (requested access to the resource is denied|anonymous may not)/,
}

/** What a person reads after a wrong password: with Basic the gate's own words are dropped. */
const wrongPassword = { basic: /401 Unauthorized/, token: /unauthorized: user name or password is wrong/ }

async function push(session: Session, source: string, target: string): Promise<Finished> {
  await session.engine.succeed(['tag', source, target])
  return session.engine.run(['push', target])
}

async function imageId({ engine }: Session, image: string): Promise<string> {
  return (await engine.succeed(['image', 'inspect', '--format', '{{.Id}} {{.Architecture}}', image])).trim()
}

/** Pushes both halves of a list and the list itself, by that address; flags as a person adds them. */
function manifestList(name: string, by: By, flags: readonly string[]): Step<Session> {
  return {
    name,
    async run(session, gate) {
      const { engine } = session
      const repository = `${gate[by]}/list/${by}`
      const list = `${repository}:all`
      for (const architecture of ['amd64', 'arm64']) {
        accepted(await push(session, `sample/app:${architecture}`, `${repository}-parts:${architecture}`))
      }
      const parts = [`${repository}-parts:amd64`, `${repository}-parts:arm64`]
      accepted(await engine.run(['manifest', 'create', ...flags, list, ...parts]))
      accepted(await engine.run(['manifest', 'create', ...flags, '--amend', list, ...parts]))
      accepted(await engine.run(['manifest', 'inspect', ...flags, list]), /"architecture": "arm64"/)
      // The parts lie in another repository: the command line asks for a mount of every blob.
      accepted(await engine.run(['manifest', 'push', ...flags, '--purge', list]), /sha256:/)
      accepted(await engine.run(['manifest', 'inspect', ...flags, list]), /"architecture": "arm64"/, /manifest\.list/)
    },
  }
}

const steps: readonly Step<Session>[] = [
  {
    name: 'login: a wrong password is refused',
    async run(session, gate) {
      refused(await login(session, gate, 'localhost', 'wrong'), wrongPassword[gate.mode])
    },
  },
  {
    name: 'login by localhost, by 127.0.0.1',
    async run(session, gate) {
      accepted(await login(session, gate, 'localhost', gate.user.password), /Login Succeeded/)
      accepted(await login(session, gate, 'loopback', gate.user.password), /Login Succeeded/)
    },
  },
  {
    name: 'without the CA file: login and push fail with x509',
    async run(session, gate) {
      refused(await login(session, gate, 'named', gate.user.password), /x509: certificate signed by unknown authority/)
      refused(await push(session, 'sample/app:1', `${gate.named}/team/app:1`), /x509: certificate signed by unknown/)
    },
  },
  {
    name: 'with the CA file: login by registry.local',
    does: ['login', 'wrong password'],
    async run(session, gate) {
      await session.engine.trust(gate.named, readFileSync(gate.files.cert, 'utf8'))
      refused(await login(session, gate, 'named', 'wrong'), wrongPassword[gate.mode])
      accepted(await login(session, gate, 'named', gate.user.password), /Login Succeeded/)
    },
  },
  {
    name: 'login by a command line whose engine does not run',
    async run({ engine, machine }, gate) {
      const how = { config: machine.makeFolder('without-engine'), env: { DOCKER_HOST: 'tcp://127.0.0.1:1' } }
      const args = ['login', '--username', gate.user.name, '--password-stdin', gate.named]
      refused(await engine.run(args, { ...how, input: 'wrong' }), wrongPassword[gate.mode])
      accepted(await engine.run(args, { ...how, input: gate.user.password }), /Login Succeeded/)
    },
  },
  {
    name: 'push and pull without a login are refused',
    async run({ engine, nobody }, gate) {
      const target = `${gate.named}/team/app:1`
      refused(await engine.run(['push', target], { config: nobody }), needsLogin[gate.mode])
      refused(await engine.run(['pull', target], { config: nobody }), needsLogin[gate.mode])
    },
  },
  {
    name: 'push',
    does: ['push'],
    async run(session, gate) {
      const finished = await push(session, 'sample/app:1', `${gate.named}/team/app:1`)
      accepted(finished, /1: digest: sha256:/)
      same('the number of pushed layers', String(finished.stdout.match(/: Pushed$/gm)?.length), '3')
    },
  },
  {
    name: 'push the same again: nothing is sent',
    async run(session, gate) {
      const finished = await push(session, 'sample/app:1', `${gate.named}/team/app:1`)
      accepted(finished)
      same('the number of known layers', String(finished.stdout.match(/: Layer already exists$/gm)?.length), '3')
    },
  },
  {
    name: 'push to another repository: layers are mounted',
    does: ['mount'],
    async run(session, gate) {
      const finished = await push(session, 'sample/app:1', `${gate.named}/team/other:1`)
      accepted(finished)
      same('the number of mounted layers', String(finished.stdout.match(/: Mounted from team\/app$/gm)?.length), '3')
      await mounted(gate, 'team/other', 3)
    },
  },
  {
    name: 'push --all-tags',
    async run({ engine, machine }, gate) {
      for (const tag of ['1', '2']) await engine.succeed(['tag', `sample/app:${tag}`, `${gate.named}/team/all:v${tag}`])
      accepted(await engine.run(['push', '--all-tags', `${gate.named}/team/all`]), /v1: digest:/, /v2: digest:/)
      same(
        'tags/list',
        (await curl(machine, gate, '/v2/team/all/tags/list')).body.trim(),
        '{"name":"team/all","tags":["v1","v2"]}',
      )
    },
  },
  {
    name: 'pull by tag, pull --all-tags',
    does: ['pull'],
    async run(session, gate) {
      const { engine } = session
      const image = `${gate.named}/team/app:1`
      const pushed = await imageId(session, image)
      await removeEveryImage(session)
      accepted(await engine.run(['pull', image]), /Downloaded newer image/)
      same('the pulled image', await imageId(session, image), pushed)
      accepted(await engine.run(['pull', '--all-tags', `${gate.named}/team/all`]), /v1: Pulling/, /v2: Pulling/)
      await loadSamples(session.machine, engine)
    },
  },
  {
    name: 'pull by digest',
    async run({ engine, machine }, gate) {
      const digest = await digestOf(machine, gate, 'team/app', '1')
      accepted(await engine.run(['pull', `${gate.named}/team/app@${digest}`]), new RegExp(`Digest: ${digest}`))
    },
  },
  manifestList('manifest list by localhost', 'localhost', ['--insecure']),
  manifestList('manifest list by 127.0.0.1', 'loopback', ['--insecure']),
  manifestList('manifest list by registry.local', 'named', []),
  manifestList('manifest list by registry.local --insecure', 'named', ['--insecure']),
  {
    name: 'pull of a list takes the right half',
    async run(session, gate) {
      const image = `${gate.named}/list/named:all`
      for (const architecture of ['amd64', 'arm64']) {
        accepted(await session.engine.run(['pull', '--platform', `linux/${architecture}`, image]))
        same('the image', await imageId(session, image), await imageId(session, `sample/app:${architecture}`))
      }
    },
  },
  {
    name: 'search the catalog',
    does: ['catalog'],
    async run({ engine }, gate) {
      accepted(await engine.run(['search', `${gate.named}/team`]), /team\/app/)
    },
    fails: cannot(/Unexpected status code 404/, 'docker searches by the first API of registries, which had no /v2/'),
  },
  {
    name: 'delete by digest with curl: the tag is gone',
    does: ['delete'],
    async run({ engine, machine }, gate) {
      await deleteManifest(machine, gate, 'team/other', '1')
      refused(await engine.run(['pull', `${gate.named}/team/other:1`]), /manifest unknown|not found/)
      accepted(await engine.run(['pull', `${gate.named}/team/app:1`]))
    },
  },
  {
    name: 'logout: push, and pull where nobody may, are refused',
    does: ['anonymous pull'],
    async run(session, gate) {
      const { engine } = session
      const open = `${gate.named}/base/docker:1`
      accepted(await push(session, 'sample/app:1', open))
      accepted(await engine.run(['logout', gate.named]))
      if (gate.anonymous) accepted(await engine.run(['pull', open]), /Image is up to date/)
      else refused(await engine.run(['pull', open]), needsLogin[gate.mode])
      refused(await engine.run(['pull', `${gate.named}/team/app:1`]), needsLogin[gate.mode])
      refused(await engine.run(['push', open]), needsLogin[gate.mode])
    },
  },
]

async function removeEveryImage({ engine }: Session): Promise<void> {
  const ids = (await engine.succeed(['image', 'ls', '--all', '--quiet'])).split('\n').filter(id => id !== '')
  await engine.succeed(['image', 'rm', '--force', ...new Set(ids)])
}

async function loadSamples(machine: Machine, engine: DockerEngine): Promise<void> {
  const seed = 'docker'
  await loadImage(machine, engine, { name: 'sample/app:1', seed })
  await loadImage(machine, engine, { name: 'sample/app:2', seed, variant: 'second' })
  await loadImage(machine, engine, { name: 'sample/app:amd64', seed: 'list' })
  await loadImage(machine, engine, { name: 'sample/app:arm64', seed: 'list', architecture: 'arm64' })
}

/** Docker Engine with the docker command line. */
export const docker = client<Session>({
  name: 'docker',
  needs: ['dockerd', 'docker', 'curl'],
  async open(machine) {
    const engine = await DockerEngine.start(machine)
    await loadSamples(machine, engine)
    return { machine, engine, nobody: join(machine.folder, 'nobody') }
  },
  steps,
})
