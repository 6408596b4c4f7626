/** Layers of 2 GiB through the gate: whole, in little memory, past every disk but the store's, and broken when the registry dies. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Gate, startGate } from '../end-to-end/parts/gate.js'
import { require } from './parts/availability.js'
import { Daemon } from './parts/program.js'
import { peakMemory, processesOf, startOfPeak, writtenToDisk } from './transfers/memory.js'
import { createTransfers, type Transfers } from './transfers/transfers.js'

const mebibyte = 1024 * 1024
const layerBytes = 2048 * mebibyte
const allowed = 64 * mebibyte
const atOnce = 1_000

const here = require('portcullis')
const withRegistry = require('docker-registry') && here

/** docker-registry on a port that stays the same when it is started again. */
class Registry {
  readonly folder = mkdtempSync(join(tmpdir(), 'portcullis-registry-'))
  private daemon: Daemon | null = null
  private constructor(readonly port: number) {}

  static async start(): Promise<Registry> {
    const registry = new Registry(await freePort())
    const config = `version: 0.1
log: { level: error, accesslog: { disabled: true } }
storage: { filesystem: { rootdirectory: ${registry.folder}/store }, delete: { enabled: true } }
http: { addr: "127.0.0.1:${registry.port}", secret: the same after a restart }
`
    writeFileSync(join(registry.folder, 'config.yml'), config)
    await registry.run()
    return registry
  }
  async run(): Promise<void> {
    const command = ['docker-registry', 'serve', join(this.folder, 'config.yml')] as const
    this.daemon = Daemon.start(command, join(this.folder, 'log'))
    await this.daemon.until(
      async () => (await fetch(`http://127.0.0.1:${this.port}/v2/`).catch(() => null))?.ok === true,
    )
  }
  kill(): void {
    this.daemon?.child.kill('SIGKILL')
  }
  async stop(): Promise<void> {
    await this.daemon?.stop()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening))
  const address = server.address()
  await new Promise(closed => server.close(closed))
  return typeof address === 'object' && address !== null ? address.port : 0
}

const filesBelow = (folder: string) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()

/** Pushes and pulls one layer, and says what the gate's memory did meanwhile. */
async function upAndDown(gate: Gate, transfers: Transfers, chunked: boolean) {
  // What a first login and a first transfer need of the runtime is not what a large one costs.
  await transfers.push('team/warm', mebibyte, { chunked })
  const pids = processesOf(gate.pid)
  const idle = startOfPeak(pids)
  const digest = await transfers.push('team/large', layerBytes, { chunked })
  const afterPush = peakMemory(pids) - idle
  expect(await transfers.pull('team/large', digest)).toEqual({ bytes: layerBytes, digest })
  const afterPull = peakMemory(pids) - idle
  const inMiB = (bytes: number) => `${(bytes / mebibyte).toFixed(1)} MiB`
  return {
    grown: afterPull,
    figures: `idle ${inMiB(idle)}, peak above it ${inMiB(afterPush)} after the push, ${inMiB(afterPull)} after the pull`,
  }
}

describe.runIf(here)('a layer of 2 GiB through the embedded registry', () => {
  let gate: Gate
  const data = here ? mkdtempSync(join(tmpdir(), 'portcullis-data-')) : ''
  beforeAll(async () => {
    gate = await startGate('embedded', { flags: ['--data', data] })
  })
  afterAll(async () => {
    await gate.stop()
    rmSync(data, { recursive: true, force: true })
  })

  it.each([
    ['of a known length', false],
    ['in chunks', true],
  ])('%s: up and down, byte for byte, in 64 MiB more than idle', async (how, chunked) => {
    const { grown, figures } = await upAndDown(gate, createTransfers(gate.port), chunked)
    process.stdout.write(`embedded, ${how}: ${figures}\n`)
    expect(grown).toBeLessThan(allowed)
  })
})

describe.runIf(withRegistry)('a layer of 2 GiB through docker-registry', () => {
  let registry: Registry
  let gate: Gate
  let transfers: Transfers
  beforeAll(async () => {
    registry = await Registry.start()
    gate = await startGate(`http://127.0.0.1:${registry.port}`)
    transfers = createTransfers(gate.port)
  })
  afterAll(async () => {
    await gate.stop()
    await registry.stop()
  })

  it.each([
    ['of a known length', false],
    ['in chunks', true],
  ])('%s: up and down, byte for byte, in 64 MiB more than idle and nothing on disk', async (how, chunked) => {
    const files = filesBelow(gate.folder)
    const written = writtenToDisk(processesOf(gate.pid))
    const { grown, figures } = await upAndDown(gate, transfers, chunked)
    process.stdout.write(`docker-registry, ${how}: ${figures}\n`)
    expect(grown).toBeLessThan(allowed)
    expect(writtenToDisk(processesOf(gate.pid)) - written).toBeLessThan(mebibyte)
    expect(filesBelow(gate.folder)).toEqual(files)
  })

  it('that dies in the middle of a push: the client is told within a second, and the next push succeeds', async () => {
    let died = 0
    const push = transfers.push('team/dying', layerBytes, {
      chunked: true,
      onProgress: sent => {
        if (sent < 256 * mebibyte || died !== 0) return
        died = performance.now()
        registry.kill()
      },
    })
    await expect(push).rejects.toThrow()
    const told = performance.now() - died
    process.stdout.write(`registry killed in a push: told after ${told.toFixed(0)} ms\n`)
    expect(told).toBeLessThan(atOnce)
    await registry.run()
    const digest = await transfers.push('team/dying', 8 * mebibyte, { chunked: true })
    expect(await transfers.pull('team/dying', digest)).toEqual({ bytes: 8 * mebibyte, digest })
  })

  it('that dies in the middle of a pull: the client sees a broken transfer within a second, and the next pull succeeds', async () => {
    const digest = await transfers.push('team/pulled', 512 * mebibyte, { chunked: false })
    let died = 0
    const pull = transfers.pull('team/pulled', digest, received => {
      if (received < 64 * mebibyte || died !== 0) return
      died = performance.now()
      registry.kill()
    })
    await expect(pull).rejects.toThrow()
    const told = performance.now() - died
    process.stdout.write(`registry killed in a pull: broken after ${told.toFixed(0)} ms\n`)
    expect(told).toBeLessThan(atOnce)
    await registry.run()
    expect(await transfers.pull('team/pulled', digest)).toEqual({ bytes: 512 * mebibyte, digest })
  })
})
