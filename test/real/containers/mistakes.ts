/** What keeps the container from starting: told in one sentence with the next step, and nothing serves as root instead. */
import { writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Containers } from '../parts/containers.js'

export function mistakes(shared: () => Containers): void {
  describe('the container ends with 1 and says why', () => {
    const refuses = async (args: readonly string[], text: string) => {
      const finished = await shared().once(args)
      expect(finished.code, finished.output).toBe(1)
      expect(finished.stderr).toContain(text)
    }

    test('without the right to become another user', async () => {
      const text = 'PORTCULLIS_WORKER_USER: no worker can be started as 1000:1000 (EPERM)'
      await refuses(['--cap-drop', 'ALL', ...shared().mounts, 'portcullis'], text)
    })

    test('with a user that is not there', async () => {
      await refuses(
        ['-e', 'PORTCULLIS_WORKER_USER=nginx', ...shared().mounts, 'portcullis'],
        'there is no user "nginx"',
      )
    })

    test('as a user who may not read the key', async () => {
      await refuses(['--user', '1000', ...shared().mounts, 'portcullis'], '/certs/key.pem')
    })

    test('with a mistake in the mounted nginx.conf', async () => {
      writeFileSync(join(shared().folder, 'wrong.conf'), 'events {}\nhttp {\n  server { lisen 5000 ssl; }\n}\n')
      const mounts = [...shared().mount('wrong.conf', '/etc/nginx/nginx.conf'), ...shared().mounts]
      await refuses([...mounts, 'portcullis'], 'error: /etc/nginx/nginx.conf:3: ')
    })

    test('with templates, which would be passed over', async () => {
      await mkdir(join(shared().folder, 'templates'), { recursive: true })
      writeFileSync(join(shared().folder, 'templates/registry.conf.template'), 'server { listen $' + '{PORT}; }\n')
      const mounts = [...shared().mount('templates', '/etc/nginx/templates'), ...shared().mounts]
      await refuses([...mounts, 'portcullis'], 'error: /etc/nginx/templates: templates are not filled in here')
    })

    test('with a store that belongs to root', async () => {
      const data = shared().machine.makeFolder('of-root')
      await mkdir(join(data, 'docker/registry'), { recursive: true })
      const command = ['portcullis', 'serve', '--backend', 'embedded', '--data', '/data']
      await refuses(['-v', `${data}:/data`, ...command], 'hint:  chown -R 1000:1000 /data/docker')
    })
  })
}
