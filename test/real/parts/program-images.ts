/** Images of one program of this machine each, in place of those of a hub: haproxy and redis as compose.scale.yaml names them. */
import { cpSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { DockerEngine } from './docker-engine.js'
import { importImage } from './docker-images.js'
import type { Machine } from './machine.js'
import { succeed } from './program.js'

/** `haproxy:2.6`: reads /usr/local/etc/haproxy/haproxy.cfg as somebody who is not root, like the image of that name. */
export async function importHaproxy(machine: Machine, engine: DockerEngine): Promise<void> {
  const root = await rootOf(machine, 'haproxy')
  const command = JSON.stringify(['haproxy', '-W', '-db', '-f', '/usr/local/etc/haproxy/haproxy.cfg'])
  await importImage(machine, engine, root, 'haproxy:2.6', [path, 'USER 99', `CMD ${command}`])
}

/** `redis:7` */
export async function importRedis(machine: Machine, engine: DockerEngine): Promise<void> {
  const root = await rootOf(machine, 'redis-server')
  mkdirSync(join(root, 'data'))
  await importImage(machine, engine, root, 'redis:7', [path, 'WORKDIR /data', 'CMD ["redis-server"]'])
}

const path = 'ENV PATH=/usr/local/bin'

/** A file system with the program and the libraries that it names. */
async function rootOf(machine: Machine, program: string): Promise<string> {
  const root = machine.makeFolder(`${program}-root`)
  const file = (await succeed(['sh', '-c', `command -v ${program}`])).trim()
  const libraries = (await succeed(['ldd', file])).match(/\/\S+/g) ?? []
  const copy = (from: string, to: string) => {
    mkdirSync(dirname(to), { recursive: true })
    cpSync(from, to, { dereference: true })
  }
  for (const library of libraries) copy(library, join(root, library))
  copy(file, join(root, 'usr/local/bin', program))
  for (const folder of ['etc', 'tmp']) mkdirSync(join(root, folder), { recursive: true })
  return root
}
