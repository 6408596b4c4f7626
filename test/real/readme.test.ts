/** Every command that the README and CONTRIBUTING show is run, in their order; one that nobody runs fails the first test. */
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { require } from './parts/availability.js'
import { type Daemon, succeed } from './parts/program.js'
import { documentedCommands } from './readme/commands.js'
import { Newcomer } from './readme/newcomer.js'

type Run = (command: string) => Promise<unknown>

let newcomer: Newcomer
/** Where the registry from nothing is, where certificates and users are made by hand. */
let first: string
let made: string
let gate: Daemon | null = null

const ready = /listening on https:\/\/\S+:5000\n/
const password = () => readFileSync(join(first, 'data/first-password'), 'utf8').trim()
const inFirst: Run = command => newcomer.succeed(command, first)
const inMade: Run = command => newcomer.succeed(command, made)

/** Starts a gate on the usual port in place of the one before. */
async function startGate(command: string, folder: string, until: RegExp, listen?: string): Promise<void> {
  await gate?.stop()
  gate = await newcomer.start(command, folder, until, listen)
}

async function login(command: string): Promise<void> {
  expect(await newcomer.succeed(command, first, [password()])).toContain('Login Succeeded')
}

/** The block of the README for portcullis.yaml that has a line which begins so. */
function yamlWith(key: string): string {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
  const blocks = [...readme.matchAll(/^```yaml\n([^`]*)^```$/gm)].map(([, block = '']) => block)
  return blocks.find(block => new RegExp(`^${key}`, 'm').test(block)) ?? ''
}

const inContainers = 'test/real/containers/readme-lines.ts, by test/real/containers.test.ts'

/** In the order of the files: what is made by one is used by the next. A text says where it is run instead. */
const table: ReadonlyMap<string, Run | string> = new Map<string, Run | string>([
  ['npm ci && npm start', 'test/real/fresh-clone.test.ts'],
  ['npm ci && npm test', 'test/real/fresh-clone.test.ts in part, and .ci/run as a whole'],
  ['portcullis serve', command => startGate(command, first, /docker pull registry\.local:5000/)],
  ['docker login -u admin localhost:5000', login],
  ['docker tag hello-world localhost:5000/hello-world', inFirst],
  ['docker push localhost:5000/hello-world', inFirst],
  [
    'portcullis certs trust',
    async command => {
      const copy = 'sudo install -D -m 644 certs/cert.pem /etc/docker/certs.d/registry.local:5000/ca.crt\n'
      expect(await inFirst(command)).toContain(copy)
    },
  ],
  [
    'portcullis certs trust --client podman --host registry.example.com:5000',
    async command =>
      expect(await inFirst(command)).toContain('/etc/containers/certs.d/registry.example.com:5000/ca.crt'),
  ],
  [
    'portcullis certs trust --install docker',
    async command => {
      await inFirst(command)
      await login('docker login -u admin registry.local:5000')
      await inFirst('portcullis certs trust --remove docker')
    },
  ],
  ['mkdir -p /etc/docker/certs.d/registry.local:5000', inFirst],
  ['cp certs/cert.pem /etc/docker/certs.d/registry.local:5000/ca.crt', inFirst],
  ['docker login -u admin registry.local:5000', login],
  [
    'create-certs --host registry.example.com',
    async command => {
      await inMade(command)
      expect(existsSync(join(made, 'certs/key.pem'))).toBe(true)
    },
  ],
  ['portcullis certs show', async command => expect(await inMade(command)).toContain('registry.example.com')],
  ['mkdir -p auth', inMade],
  ['htpasswd -Bbn admin secret > auth/htpasswd', inMade],
  ['portcullis users add amy', command => newcomer.succeed(command, made, ['a password', 'a password'])],
  [
    'portcullis users add ci --password-stdin < ci-password.txt',
    async command => {
      writeFileSync(join(made, 'ci-password.txt'), 'another password\n')
      await inMade(command)
    },
  ],
  ['portcullis users add bob --random', inMade],
  [
    'portcullis users list',
    async command => {
      const listed = await inMade(command)
      for (const name of ['admin', 'amy', 'ci', 'bob']) expect(listed).toContain(name)
    },
  ],
  ['portcullis users verify amy', command => newcomer.succeed(command, made, ['a password'])],
  [
    'portcullis users remove bob',
    async command => {
      await inMade(command)
      expect(readFileSync(join(made, 'auth/htpasswd'), 'utf8')).not.toContain('bob')
    },
  ],
  [
    'portcullis serve --backend http://registry-backend:5000 --htpasswd auth/htpasswd --certs certs',
    async command => {
      await gate?.stop()
      await newcomer.startBackend()
      await startGate(command, made, ready, '127.0.0.1:5000')
      expect(await newcomer.login('admin', 'secret')).toBe('200')
      expect(await newcomer.login('ci', 'another password')).toBe('200')
      expect(await newcomer.login('ci', 'secret')).toBe('401')
    },
  ],
  [
    'portcullis check --nginx-conf nginx.conf',
    async command => {
      newcomer.writeNginxConf(made)
      expect(await inMade(command)).toContain('ok: the configuration is valid')
    },
  ],
  [
    'portcullis serve --nginx-conf nginx.conf',
    async command => {
      await startGate(command, made, ready)
      expect(await newcomer.login('amy', 'a password')).toBe('200')
      expect(await newcomer.login('amy', 'secret')).toBe('401')
    },
  ],
  ['docker build -t portcullis .', 'test/real/parts/container-images.ts, by test/real/containers.test.ts'],
  ['docker network create registry', inContainers],
  ['docker run -d --name registry-backend --network registry registry:2', inContainers],
  [
    'docker run -d --name registry-gate --network registry -p 5000:5000 -v "$PWD/certs:/certs:ro" -v "$PWD/auth:/auth:ro" portcullis',
    inContainers,
  ],
  [
    'portcullis check --print',
    async command => {
      const folder = newcomer.folderLike(made, 'with-yaml')
      writeFileSync(join(folder, 'portcullis.yaml'), yamlWith('listen:'))
      const printed = await newcomer.succeed(command, folder)
      for (const value of ['https://0.0.0.0:5000', 'http://registry-backend:5000', 'portcullis.yaml:1']) {
        expect(printed).toContain(value)
      }
    },
  ],
  [
    'portcullis access test ci push team/app',
    async command => {
      const folder = newcomer.folderLike(made, 'with-rules')
      writeFileSync(join(folder, 'portcullis.yaml'), yamlWith('access:'))
      expect(await newcomer.succeed(command, folder)).toContain('allowed: ci may push team/app (portcullis.yaml:4)')
      const denied = await newcomer.type('portcullis access test ci push team/secret/app', folder)
      expect([denied.code, denied.output]).toEqual([
        1,
        'denied: ci may not push team/secret/app: denied by portcullis.yaml:6\n',
      ])
    },
  ],
  [
    'portcullis serve --metrics 127.0.0.1:9100',
    async command => {
      await startGate(command, first, ready, '127.0.0.1:5000')
      expect(await newcomer.succeed('curl -sf http://127.0.0.1:9100/metrics', first)).toContain('portcullis_')
      expect(await newcomer.succeed('curl -sfk https://127.0.0.1:5000/readyz', first)).not.toBe('')
    },
  ],
  [
    'portcullis readonly on --reason "garbage collection until 10:30"',
    async command => {
      await inFirst(command)
      const push = 'docker push localhost:5000/hello-world'
      const reason = '503 the registry is read-only at the moment: garbage collection until 10:30'
      await expect.poll(async () => (await newcomer.type(push, first)).output, { timeout: 10_000 }).toContain(reason)
    },
  ],
  [
    'portcullis readonly off',
    async command => {
      await inFirst(command)
      const push = 'docker push localhost:5000/hello-world'
      await expect.poll(async () => (await newcomer.type(push, first)).code, { timeout: 10_000 }).toBe(0)
    },
  ],
  [
    'portcullis tokens list',
    async command => {
      const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
      writeFileSync(join(first, 'portcullis.yaml'), /^```yaml\n(token: [^`]*)^```$/m.exec(readme)?.[1] ?? '')
      await startGate('portcullis serve', first, ready, '127.0.0.1:5000')
      await login('docker login -u admin localhost:5000')
      expect(await inFirst(command)).toContain('admin')
    },
  ],
  [
    'portcullis tokens revoke --user admin',
    async command => {
      const pull = 'docker pull localhost:5000/hello-world'
      await inFirst(pull)
      await inFirst(command)
      await expect.poll(async () => (await newcomer.type(pull, first)).code, { timeout: 10_000 }).not.toBe(0)
    },
  ],
  ['npm ci', 'test/real/fresh-clone.test.ts'],
  ['npm test', '.ci/run'],
  ['npm run check', '.ci/run'],
  [
    'npm run format',
    async command => {
      const checkout = fileURLToPath(new URL('../..', import.meta.url))
      const clone = newcomer.folder('clone')
      await succeed(['git', 'clone', '--quiet', checkout, clone])
      symlinkSync(join(checkout, 'node_modules'), join(clone, 'node_modules'))
      await succeed(['sh', '-c', `cd '${clone}' && ${command}`])
    },
  ],
  ['npm run test:real', 'this very suite, by .ci/run'],
  ['npm run bench', 'by hand, on a machine that does nothing else; test/bench tries its parts'],
])

it('every command has its place in the table, and the table has no other', () => {
  const shown = [...documentedCommands('README.md'), ...documentedCommands('CONTRIBUTING.md')]
  expect([...new Set(shown)]).toEqual([...table.keys()])
})

const needed = ['root', 'unshare', 'ip', 'curl', 'htpasswd', 'docker', 'dockerd', 'docker-registry'] as const
describe.runIf(require(...needed, 'portcullis'))('typed by a newcomer', () => {
  beforeAll(async () => {
    newcomer = await Newcomer.arrive()
    first = newcomer.folder('first')
    made = newcomer.folder('made')
  })
  afterAll(() => newcomer?.leave())

  for (const [command, run] of table) {
    if (typeof run !== 'string') it(command, () => run(command))
  }
})
