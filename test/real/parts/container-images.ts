/** The images of the container tests, as one archive: Portcullis built from this checkout, and the registry behind it. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DockerEngine } from './docker-engine.js'
import { Machine } from './machine.js'
import { succeed } from './program.js'

export const project = fileURLToPath(new URL('../../..', import.meta.url))

/** As docs/containers.md has it for this case, and then the line of README.md, all of whose steps are there by then. */
const builds = ['docker build --network host -t portcullis .', 'docker build -t portcullis .']

/** The build of this checkout may take minutes where packages have to be fetched. */
const patience = 600_000

/**
 * Builds the image `portcullis` as README.md says where no hub is reachable, on an engine with the network of this machine because
 * the build fetches packages, and writes it with registry:2 to FOLDER/images.tar.
 */
export async function buildContainerImages(folder: string): Promise<string> {
  const archive = join(folder, 'images.tar')
  const builder = await Machine.start({ network: 'host' })
  try {
    const engine = await DockerEngine.start(builder)
    const docker = { DOCKER_HOST: `unix://${engine.socket}`, DOCKER_BUILDKIT: '0' }
    await succeed([join(project, 'scripts/images-without-hub.sh')], { env: docker, timeout: patience })
    for (const line of builds)
      await succeed(['sh', '-c', `cd '${project}' && ${line}`], { env: docker, timeout: patience })
    await engine.succeed(['save', '--output', archive, 'portcullis', 'registry:2'], { timeout: patience })
  } finally {
    await builder.stop()
  }
  return archive
}
