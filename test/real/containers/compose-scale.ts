/** compose.scale.yaml beside the files that the usual sequence has made: two gates, one of which is killed while docker pushes. */
import { copyFile, cp } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { require } from '../parts/availability.js'
import { project } from '../parts/container-images.js'
import { addUser, type Containers, sample, until } from '../parts/containers.js'
import { loadImage } from '../parts/docker-images.js'
import { registryName } from '../parts/machine.js'
import { importHaproxy, importRedis } from '../parts/program-images.js'
import { walkThrough } from './usual-sequence.js'

const gates = ['registry-gate-1', 'registry-gate-2'] as const

export function composeScaleFile(shared: () => Containers): void {
  describe.runIf(require('docker-compose', 'haproxy', 'redis-server'))('compose.scale.yaml', () => {
    const compose = (...args: readonly string[]) =>
      shared().run(['docker-compose', '-f', 'compose.scale.yaml', ...args])
    const idOf = async (service: string) => (await compose('ps', '-q', service)).stdout.trim()
    const answers = (user: string) => async () => (await shared().statusAs(user, 5000)) === '200'

    beforeAll(async () => {
      const { machine, engine, folder } = shared()
      await shared().run([walkThrough, 'down'])
      await importHaproxy(machine, engine)
      await importRedis(machine, engine)
      for (const file of ['compose.scale.yaml', 'Dockerfile']) await copyFile(join(project, file), join(folder, file))
      await cp(join(project, 'scripts/scale'), join(folder, 'scripts/scale'), { recursive: true })
    })
    afterAll(() => compose('down', '--volumes'))

    test('starts all of them; docker logs in, pushes and pulls', async () => {
      const finished = await compose('up', '-d')
      expect(finished, finished.output).toMatchObject({ code: 0 })
      for (const gate of gates) await shared().ready(await idOf(gate))
      expect(await until(answers('admin:secret'), 20_000), (await compose('logs')).output).toBe(true)
      await shared().login(5000)
      await shared().pushAndPull(sample, 5000, 'scaled')
    })

    test('haproxy alone has a published port', async () => {
      expect((await shared().published(await idOf('registry-front')))[0]).toContain('5000/tcp -> 0.0.0.0:5000')
      for (const service of [...gates, 'redis', 'registry-backend']) {
        expect((await shared().published(await idOf(service)))[0], service).toBe('')
      }
    })

    test('the logs of the gates name who came, and never haproxy', async () => {
      const logs = (await Promise.all(gates.map(async gate => shared().log(await idOf(gate))))).join('')
      expect(logs).toContain('"user":"admin"')
      expect(logs).not.toContain('"address":"10.207.5.2"')
      expect(logs).not.toContain('a balancer sent no PROXY header')
    })

    test('a user added to the mounted folder may log in soon', async () => {
      await addUser(join(shared().folder, 'auth/htpasswd'), 'carol', 'fourth password')
      expect(await until(answers('carol:fourth password'), 10_000)).toBe(true)
    })

    test.each(['first', 'second'])('the %s time: a gate dies while docker pushes through it', async time => {
      const { engine, machine } = shared()
      const repository = `killed/${time}`
      const target = `${registryName}:5000/${repository}:1`
      await loadImage(machine, engine, { name: target, seed: time, layers: [60_000_000] })
      const ids = await Promise.all(gates.map(idOf))
      const restarts = async () =>
        (await Promise.all(ids.map(id => shared().inspect(id, '{{.RestartCount}}')))).map(Number)
      const before = await restarts()
      const push = engine.run(['push', target], { timeout: 120_000 })
      let victim: string | undefined
      const uploading = async () => {
        const logs = await Promise.all(ids.map(id => shared().log(id)))
        victim = ids.find((_id, index) =>
          logs[index]?.includes(`"path":"/v2/${repository}/blobs/uploads/","status":202`),
        )
        return victim !== undefined
      }
      expect(await until(uploading, 30_000), 'docker does not push').toBe(true)
      process.kill(Number(await shared().inspect(victim ?? '', '{{.State.Pid}}')), 'SIGKILL')
      const pushed = await push
      expect(pushed, pushed.output).toMatchObject({ code: 0 })
      await engine.succeed(['image', 'rm', target])
      await engine.succeed(['pull', target])
      for (const id of ids) await shared().ready(id)
      expect((await restarts()).map((count, index) => count - (before[index] ?? 0)).sort()).toEqual([0, 1])
    })
  })
}
