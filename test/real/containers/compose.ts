/** compose.yaml beside the files that the usual sequence has made. */
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { require } from '../parts/availability.js'
import { project } from '../parts/container-images.js'
import { addUser, type Containers, sample, until } from '../parts/containers.js'
import { registryName } from '../parts/machine.js'
import { walkThrough } from './usual-sequence.js'

export function composeFile(shared: () => Containers): void {
  describe.runIf(require('docker-compose'))('compose.yaml', () => {
    const compose = (...args: readonly string[]) => shared().run(['docker-compose', ...args])
    const idOf = async (service: string) => (await compose('ps', '-q', service)).stdout.trim()
    const up = async () => {
      const finished = await compose('up', '-d')
      expect(finished, finished.output).toMatchObject({ code: 0 })
      await shared().ready(await idOf('registry-gate'))
    }

    beforeAll(async () => {
      await shared().run([walkThrough, 'down'])
      for (const file of ['compose.yaml', 'Dockerfile'])
        await copyFile(join(project, file), join(shared().folder, file))
    })
    afterAll(() => compose('down', '--volumes'))

    test('starts both, and docker logs in, pushes and pulls', async () => {
      await up()
      await shared().login(5000)
      await shared().pushAndPull(sample, 5000, 'composed')
    })

    test('the registry behind has no published port', async () => {
      expect(await shared().published(await idOf('registry-backend'))).toEqual(['', '{}', '{"5000/tcp":null}'])
    })

    test('a user added to the mounted folder may log in soon', async () => {
      const status = () => shared().statusAs('bob:third password', 5000)
      expect(await status()).toBe('401')
      await addUser(join(shared().folder, 'auth/htpasswd'), 'bob', 'third password')
      expect(await until(async () => (await status()) === '200', 10_000)).toBe(true)
    })

    test('what was pushed is still there after down and up', async () => {
      expect(await compose('down')).toMatchObject({ code: 0 })
      await up()
      const image = `${registryName}:5000/composed`
      await shared().engine.succeed(['image', 'rm', image])
      await shared().engine.succeed(['pull', image])
    })
  })
}
