/** Small images in the format of `docker save`, made without any engine: every client can load or copy them. */
import { createCipheriv, createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { succeed } from './program.js'

export interface ImageRecipe {
  /** What `docker load` calls it, as NAME:TAG. */
  readonly name: string
  /** Same seed, same bytes: images of one seed share every layer but the last, which also depends on `variant`. */
  readonly seed: string
  readonly variant?: string
  readonly architecture?: 'amd64' | 'arm64'
  /** Bytes in each layer; incompressible. */
  readonly layers?: readonly number[]
}

/** Below and above nginx's default limit of 1 MiB, and above a TLS record or a socket buffer. */
const usualLayers = [2_000, 300_000, 3_000_000] as const

/** Writes FOLDER/FILE.tar and returns its path. */
export async function writeImageArchive(folder: string, file: string, recipe: ImageRecipe): Promise<string> {
  const { name, seed, variant = '', architecture = 'amd64', layers = usualLayers } = recipe
  const work = mkdtempSync(join(folder, 'image-'))
  const image = join(work, 'image')
  mkdirSync(image)
  const digests: string[] = []
  for (const [index, size] of layers.entries()) {
    const content = join(work, `layer-${index}`)
    mkdirSync(content)
    const own = index === layers.length - 1 ? `${variant}/${architecture}` : ''
    writeFileSync(join(content, `data-${index}`), bytes(`${seed}/${index}/${own}`, size))
    const layer = join(image, 'layer.tar')
    await pack(content, layer)
    const digest = sha256(readFileSync(layer))
    renameSync(layer, join(image, `${digest}.tar`))
    digests.push(digest)
  }
  const config = JSON.stringify({
    architecture,
    os: 'linux',
    created: '2020-01-01T00:00:00Z',
    config: { Cmd: ['/data-0'] },
    history: digests.map(() => ({ created: '2020-01-01T00:00:00Z' })),
    rootfs: { type: 'layers', diff_ids: digests.map(digest => `sha256:${digest}`) },
  })
  const configFile = `${sha256(config)}.json`
  writeFileSync(join(image, configFile), config)
  const manifest = [{ Config: configFile, RepoTags: [name], Layers: digests.map(digest => `${digest}.tar`) }]
  writeFileSync(join(image, 'manifest.json'), JSON.stringify(manifest))
  const archive = join(folder, `${file}.tar`)
  await pack(image, archive)
  rmSync(work, { recursive: true })
  return archive
}

/** A tar without anything that changes from run to run. */
async function pack(folder: string, archive: string): Promise<void> {
  const stable = ['--format=ustar', '--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner']
  await succeed(['tar', ...stable, '-C', folder, '-cf', archive, '.'])
}

function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}

/** `size` bytes that look random and follow from the seed. */
function bytes(seed: string, size: number): Buffer {
  const key = createHash('sha256').update(seed).digest()
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(size))
}
