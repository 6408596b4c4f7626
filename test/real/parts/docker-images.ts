/** Images inside a Docker Engine made from what lies on this machine, since none can be pulled. */
import { join } from 'node:path'
import type { DockerEngine } from './docker-engine.js'
import { type ImageRecipe, writeImageArchive } from './image-archive.js'
import type { Machine } from './machine.js'
import { succeed } from './program.js'

/** Makes an image of several layers by its recipe and loads it; it is then called `recipe.name`. */
export async function loadImage(machine: Machine, engine: DockerEngine, recipe: ImageRecipe): Promise<void> {
  const archive = await writeImageArchive(machine.folder, `load-${recipe.name.replaceAll(/\W/g, '-')}`, recipe)
  await engine.succeed(['load', '--input', archive])
}

/**
 * Imports a root file system as the image NAME:TAG with one layer; `changes` are Dockerfile lines such as
 * `ENTRYPOINT ["/bin/registry"]`.
 */
export async function importImage(
  machine: Machine,
  engine: DockerEngine,
  root: string,
  name: string,
  changes: readonly string[] = [],
): Promise<void> {
  const archive = join(machine.folder, `import-${name.replaceAll(/\W/g, '-')}.tar`)
  await succeed(['tar', '-C', root, '-cf', archive, '.'], { timeout: 120_000 })
  const flags = changes.flatMap(change => ['--change', change])
  await engine.succeed(['import', ...flags, archive, name], { timeout: 120_000 })
}
