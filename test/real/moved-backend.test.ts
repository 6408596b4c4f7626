/** A registry that is re-created under the same name at another address, as containers are: it is served at once. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { require } from './parts/availability.js'
import { makeGateFiles, user } from './parts/gate-files.js'
import { Machine } from './parts/machine.js'
import { startPortcullis } from './parts/portcullis.js'
import type { Daemon } from './parts/program.js'

const here = require('root', 'unshare', 'ip', 'openssl', 'htpasswd', 'curl', 'docker-registry', 'portcullis')
const atOnce = 1_000

describe.runIf(here)('a registry behind a name', () => {
  let machine: Machine
  let port = 0

  /** In the machine's own /etc/hosts, which is nobody else's. */
  const pointTo = (address: string) => machine.write('/etc/hosts', `127.0.0.1 localhost\n${address} registry-backend\n`)

  async function startRegistry(address: string): Promise<Daemon> {
    const config = join(machine.folder, `${address}.yml`)
    const storage = machine.makeFolder(`storage-${address}`)
    writeFileSync(
      config,
      `version: 0.1\nstorage: { filesystem: { rootdirectory: ${storage} } }\nhttp: { addr: "${address}:5000", secret: x, headers: { X-Address: ["${address}"] } }\n`,
    )
    const daemon = machine.start(`registry-${address}`, ['docker-registry', 'serve', config])
    await daemon.until(async () => (await machine.run(['curl', '-sf', `http://${address}:5000/v2/`])).code === 0)
    return daemon
  }

  /** Status and the address that answered. */
  async function ask(): Promise<string> {
    const url = `https://127.0.0.1:${port}/v2/`
    const head = await machine.run([
      'curl',
      '-sk',
      '-o',
      '/dev/null',
      '-D',
      '-',
      '-u',
      `${user.name}:${user.password}`,
      url,
    ])
    const status = /^HTTP\/1\.1 (\d+)/.exec(head.stdout)?.[1] ?? 'none'
    return `${status} ${/^x-address: (\S+)/im.exec(head.stdout)?.[1] ?? ''}`.trim()
  }

  beforeAll(async () => {
    machine = await Machine.start()
    const { cert, key, htpasswd } = await makeGateFiles(machine)
    const backend = ['--backend', 'http://registry-backend:5000']
    const data = machine.makeFolder('data')
    const files = ['--cert', cert, '--key', key, '--htpasswd', htpasswd, '--data', data]
    port = (await startPortcullis(machine, 'gate', ['--listen', '127.0.0.1:0', ...backend, ...files])).port
  })
  afterAll(async () => {
    await machine?.stop()
  })

  it('whose name is not known when the gate starts is a 502, and served as soon as it is known', async () => {
    expect(await ask()).toBe('502')
    const first = await startRegistry('127.0.0.2')
    await pointTo('127.0.0.2')
    const began = performance.now()
    expect(await ask()).toBe('200 127.0.0.2')
    expect(performance.now() - began).toBeLessThan(atOnce)
    await first.stop()
    expect(await ask()).toBe('502')
  })

  it('that moves is served at its new address within a second', async () => {
    const second = await startRegistry('127.0.0.3')
    await pointTo('127.0.0.3')
    const began = performance.now()
    expect(await ask()).toBe('200 127.0.0.3')
    expect(performance.now() - began).toBeLessThan(atOnce)
    await second.stop()
    await startRegistry('127.0.0.4')
    await pointTo('127.0.0.4')
    expect(await ask()).toBe('200 127.0.0.4')
  })
})
