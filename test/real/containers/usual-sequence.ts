/** scripts/walk-through.sh, and what then holds for the registry and the gate that it leaves running. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { project } from '../parts/container-images.js'
import { account, addUser, type Containers, sample, until } from '../parts/containers.js'
import { registryName } from '../parts/machine.js'

export const walkThrough = join(project, 'scripts/walk-through.sh')

const admin = `${account.name}:${account.password}`

export function usualSequence(shared: () => Containers): void {
  describe('the usual sequence with the image name swapped', () => {
    test('network, certificate, htpasswd, registry, gate with -v nginx.conf, htpasswd, certs: login, push, pull', async () => {
      const finished = await shared().run(['env', `IMAGE=${sample}`, walkThrough])
      expect(finished, finished.output).toMatchObject({ code: 0 })
      expect(finished.stdout).toContain('Login Succeeded')
      expect(finished.stdout).toMatch(/latest: digest: sha256:/)
      expect(finished.stdout).toContain(`Downloaded newer image for ${registryName}:5000/walk-through:latest`)
    })

    test('the registry behind has no published port, the gate has one', async () => {
      expect(await shared().published('registry-backend')).toEqual(['', '{}', '{"5000/tcp":null}'])
      expect((await shared().published('registry-gate'))[0]).toContain('5000/tcp -> 0.0.0.0:5000')
    })

    test('the first process is root and reads a key of mode 0600, those that serve are uid 1000', async () => {
      expect((await stat(join(shared().folder, 'certs/key.pem'))).mode & 0o777).toBe(0o600)
      const table = await shared().engine.succeed(['top', 'registry-gate', '-eo', 'pid,uid,gid,args'])
      const rows = table.trim().split('\n').slice(1)
      const [first = '', ...workers] = rows.map(row => row.trim().replaceAll(/\s+/g, ' '))
      expect(first).toMatch(/^\d+ 0 0 node .*container-start\.js/)
      expect(workers.length).toBeGreaterThan(0)
      for (const worker of workers) expect(worker).toMatch(/^\d+ 1000 1000 .*worker\.js/)
    })

    test('docker calls it healthy', async () => {
      const health = () => shared().inspect('registry-gate', '{{.State.Health.Status}}')
      const healthy = await until(async () => (await health()) === 'healthy', 60_000)
      expect(healthy, await shared().inspect('registry-gate', '{{json .State.Health}}')).toBe(true)
    })

    test('a registry that comes back under another address is found again', async () => {
      const containers = shared()
      const start = (name: string) =>
        containers.engine.succeed(['run', '-d', '--name', name, '--network', 'registry', 'registry:2'])
      const address = () => containers.inspect('registry-backend', '{{.NetworkSettings.Networks.registry.IPAddress}}')
      const before = await address()
      await containers.remove('registry-backend')
      expect(await containers.statusAs(admin, 5000)).toBe('502')
      // Takes the address that has become free.
      await start('squatter')
      await start('registry-backend')
      const started = Date.now()
      expect(await address()).not.toBe(before)
      expect(await until(async () => (await containers.statusAs(admin, 5000)) === '200', 10_000)).toBe(true)
      console.log(`served again ${Date.now() - started} ms after the new registry started`)
      await containers.login(5000)
      await containers.pushAndPull(sample, 5000, 'again')
      await containers.remove('squatter')
    })

    test('docker kill -s HUP reads its files anew', async () => {
      const containers = shared()
      await addUser(join(containers.folder, 'auth/htpasswd'), 'amy', 'another one')
      await containers.engine.succeed(['kill', '--signal', 'HUP', 'registry-gate'])
      const log = () => containers.log('registry-gate')
      expect(await until(async () => (await log()).includes('reloaded and is in force'), 10_000), await log()).toBe(
        true,
      )
      expect(await containers.statusAs('amy:another one', 5000)).toBe('200')
    })

    test('its log names no password, no hash and no key', async () => {
      const containers = shared()
      expect(await containers.statusAs(`${account.name}:wrong-password`, 5000)).toBe('401')
      const log = await containers.log('registry-gate')
      const hash = readFileSync(join(containers.folder, 'auth/htpasswd'), 'utf8').split('\n')[0]?.split(':')[1] ?? ''
      const key = readFileSync(join(containers.folder, 'certs/key.pem'), 'utf8').split('\n')[1] ?? ''
      const basic = Buffer.from(admin).toString('base64')
      expect(log).toContain('"status":200')
      for (const secret of [account.password, 'wrong-password', basic, hash, key, 'PRIVATE KEY']) {
        expect(secret.length).toBeGreaterThan(5)
        expect(log.includes(secret), secret).toBe(false)
      }
    })

    test('docker stop lets a push under way end and takes no new connection, then it ends with 0', async () => {
      const containers = shared()
      const push = await slowPush(containers)
      const stopped = containers.engine.succeed(['stop', '--time', '50', 'registry-gate'])
      const refused = async () => (await containers.statusAs(admin, 5000)) === '000'
      expect(await until(refused, 5_000)).toBe(true)
      expect(push.running).toBe(true)
      await push.end()
      expect(push.log()).toContain('HTTP/1.1 201 Created')
      await stopped
      expect(await containers.inspect('registry-gate', '{{.State.ExitCode}} {{.State.OOMKilled}}')).toBe('0 false')
    })
  })
}

/** A blob of 8 MB on its way at 1 MB a second; resolves when bytes are flowing. */
async function slowPush({ machine, folder }: Containers) {
  const blob = join(folder, 'blob')
  writeFileSync(blob, Buffer.alloc(8_000_000, 7))
  const digest = createHash('sha256').update(readFileSync(blob)).digest('hex')
  const origin = `https://${registryName}:5000`
  const curl = ['curl', '--silent', '--http1.1', '--cacert', join(folder, 'certs/cert.pem'), '--user', admin] as const
  const begun = await machine.succeed([...curl, '--include', '--request', 'POST', `${origin}/v2/slow/blobs/uploads/`])
  const location = /^location: (\S+)/im.exec(begun)?.[1] ?? ''
  const url = `${location.startsWith('/') ? origin : ''}${location}&digest=sha256:${digest}`
  const upload = ['--upload-file', blob, '--limit-rate', '1M', '--trace-ascii', '-', url] as const
  const daemon = machine.start('slow-push', [...curl, ...upload])
  await daemon.until(() => daemon.log().includes('=> Send data'))
  return {
    log: () => daemon.log(),
    get running() {
      return daemon.running
    },
    end: () => once(daemon.child, 'exit'),
  }
}
