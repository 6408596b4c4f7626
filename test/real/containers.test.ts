/** The image in nginx's place: the usual sequence of commands, every way of mounting files, mistakes, and compose. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { composeFile } from './containers/compose.js'
import { composeScaleFile } from './containers/compose-scale.js'
import { mistakes } from './containers/mistakes.js'
import { mountedFiles } from './containers/mounted-files.js'
import { linesOfTheReadme } from './containers/readme-lines.js'
import { usualSequence } from './containers/usual-sequence.js'
import { require } from './parts/availability.js'
import { buildContainerImages } from './parts/container-images.js'
import { Containers, sample } from './parts/containers.js'
import { DockerEngine } from './parts/docker-engine.js'
import { loadImage } from './parts/docker-images.js'
import { Machine } from './parts/machine.js'

const parts = [
  'root',
  'unshare',
  'ip',
  'dockerd',
  'docker',
  'docker-registry',
  'debootstrap',
  'htpasswd',
  'curl',
] as const

describe.runIf(require(...parts))('the image', () => {
  let images: string
  let machine: Machine
  let containers: Containers
  const shared = () => containers

  beforeAll(async () => {
    images = mkdtempSync(join(tmpdir(), 'portcullis-images-'))
    const archive = await buildContainerImages(images)
    machine = await Machine.start()
    const engine = await DockerEngine.start(machine)
    await engine.succeed(['load', '--input', archive], { timeout: 120_000 })
    await loadImage(machine, engine, { name: sample, seed: 'containers' })
    containers = new Containers(machine, engine, machine.makeFolder('walk-through'))
  }, 900_000)
  afterAll(async () => {
    await machine?.stop()
    rmSync(images, { recursive: true, force: true })
  })

  test('is small beside the Node that it needs', async () => {
    const sizeOf = async (image: string) => Number(await containers.inspect(image, '{{.Size}}')) / 1e6
    const history = await containers.engine.succeed(['history', '--human=false', '--format', '{{.Size}}', 'portcullis'])
    // The last line is the base image.
    const own = history.trim().split('\n').slice(0, -1).map(Number)
    const added = own.reduce((sum, bytes) => sum + bytes, 0) / 1e6
    console.log(`the image: ${(await sizeOf('portcullis')).toFixed(0)} MB, of which ${added.toFixed(0)} MB are ours`)
    expect(added).toBeLessThan(40)
  })

  // In this order: the later ones stand in front of the registry that the first one starts.
  usualSequence(shared)
  mountedFiles(shared)
  mistakes(shared)
  linesOfTheReadme(shared)
  composeFile(shared)
  composeScaleFile(shared)
})
