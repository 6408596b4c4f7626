/** The lines that a first start prints are run as they are, by a shell, with a real Docker Engine: login, tag, push, pull. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { portcullisMain, require } from './parts/availability.js'
import { DockerEngine } from './parts/docker-engine.js'
import { importImage } from './parts/docker-images.js'
import { Machine } from './parts/machine.js'
import type { Daemon, Finished } from './parts/program.js'

const here = require('root', 'unshare', 'ip', 'openssl', 'docker', 'dockerd', 'portcullis')

/** Outside 127.0.0.0/8, where Docker would not look at certificates. */
const address = '10.78.0.1'
const image = 'hello-world'

describe.runIf(here)('after portcullis serve in an empty folder', () => {
  let machine: Machine
  let engine: DockerEngine
  let gate: Daemon
  let folder: string
  let dockerConfig: string

  beforeAll(async () => {
    machine = await Machine.start()
    await machine.write('/etc/hosts', '127.0.0.1 localhost\n')
    await machine.succeed(['ip', 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'cable'])
    await machine.succeed(['ip', 'link', 'set', 'cable', 'up'])
    await machine.succeed(['ip', 'address', 'add', `${address}/24`, 'dev', 'eth0'])
    await machine.succeed(['ip', 'link', 'set', 'eth0', 'up'])
    engine = await DockerEngine.start(machine)
    await makeImage()
    folder = machine.makeFolder('first-start')
    dockerConfig = machine.makeFolder('clean-docker-config')
    const start = `cd '${folder}' && exec '${process.execPath}' '${portcullisMain}' serve`
    gate = machine.start('gate', ['sh', '-c', start])
    await gate.until(() => /docker pull registry\.local:\d+/.test(gate.log()))
  })
  afterAll(() => machine?.stop())

  async function makeImage(): Promise<void> {
    const root = machine.makeFolder('image-root')
    mkdirSync(join(root, 'data'))
    writeFileSync(join(root, 'data/hello'), 'Hello from a test!\n')
    await importImage(machine, engine, root, image)
  }

  /** The lines below a heading of the first start, without their indentation. */
  function linesBelow(heading: string): string[] {
    const text = gate.log()
    const start = text.indexOf(heading)
    expect(start, text).toBeGreaterThan(0)
    const block = /(?:\n {2}\S.*)+/.exec(text.slice(start))?.[0] ?? ''
    return block
      .trim()
      .split('\n')
      .map(line => line.slice(line.startsWith('  ') ? 2 : 0))
  }

  function paste(line: string): Promise<Finished> {
    const env = { DOCKER_HOST: `unix://${engine.socket}`, DOCKER_CONFIG: dockerConfig }
    return machine.run(['sh', '-c', `cd '${folder}' && ${line}`], { env })
  }

  /** Runs every line; before the pull, the engine forgets the image, so that it has to come from the registry. */
  async function pasteAll(lines: readonly string[]): Promise<void> {
    for (const line of lines) {
      const pulled = /^docker pull (\S+)$/.exec(line)?.[1]
      if (pulled !== undefined) await engine.succeed(['image', 'rm', '--force', pulled, image])
      const { code, output } = await paste(line)
      expect(code, `${line}\n${output}`).toBe(0)
      if (line.startsWith('docker login')) expect(output).toContain('Login Succeeded')
      if (pulled === undefined) continue
      expect(output).toContain(`Downloaded newer image for ${pulled}`)
      await engine.succeed(['tag', pulled, image])
    }
  }

  it('the lines for localhost need no trust', async () => {
    const lines = linesBelow('on this machine (no trust')
    expect(lines).toEqual([
      'docker login -u admin --password-stdin localhost:5000 <data/first-password',
      'docker tag hello-world localhost:5000/hello-world',
      'docker push localhost:5000/hello-world',
      'docker pull localhost:5000/hello-world',
    ])
    await pasteAll(lines)
  })

  it('without the lines for it, registry.local is neither known nor trusted', async () => {
    expect((await paste('docker pull registry.local:5000/hello-world')).output).toMatch(/no such host|lookup/)
    await machine.write('/etc/hosts', `127.0.0.1 localhost\n${address} registry.local\n`)
    expect((await paste('docker pull registry.local:5000/hello-world')).output).toMatch(/x509|certificate/)
    await machine.write('/etc/hosts', '127.0.0.1 localhost\n')
  })

  it('the lines for registry.local make the name, the trust and the rest', async () => {
    const lines = linesBelow('by name, here and on other machines')
    expect(lines[0]).toBe(`echo '${address} registry.local' | tee -a /etc/hosts`)
    expect(lines.map(line => line.split(' ', 2).join(' '))).toEqual([
      `echo '${address}`,
      'mkdir -p',
      'openssl s_client',
      'docker login',
      'docker tag',
      'docker push',
      'docker pull',
    ])
    await pasteAll(lines)
    const trusted = await machine.succeed(['cat', '/etc/docker/certs.d/registry.local:5000/ca.crt'])
    expect(trusted.trim()).toBe(readFileSync(join(folder, 'certs/cert.pem'), 'utf8').trim())
  })

  it('what was pushed is there, and nothing of the proof', async () => {
    const password = readFileSync(join(folder, 'data/first-password'), 'utf8').trim()
    const { stdout } = await machine.run(['curl', '-sku', `admin:${password}`, 'https://localhost:5000/v2/_catalog'])
    expect(JSON.parse(stdout)).toEqual({ repositories: ['hello-world'] })
  })
})
