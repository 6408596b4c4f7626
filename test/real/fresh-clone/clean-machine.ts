/** A checkout as `git clone` makes it, and a PATH on which stand Node and npm and what every system has, and nothing else. */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { succeed } from '../parts/program.js'
import type { NodeVersion } from './node-versions.js'

const checkout = fileURLToPath(new URL('../../..', import.meta.url))

export interface CleanMachine {
  /** A clone of the HEAD of this checkout. */
  readonly clone: string
  /** An empty folder. */
  readonly empty: string
  /** Everything that is in the environment. */
  readonly env: Readonly<Record<string, string>>
  remove(): void
}

/** The shell and `env` are all that npm needs beside Node. */
const system = { sh: '/bin/sh', env: '/usr/bin/env' }

/** `env` names the registry as this machine's npm knows it, so that it can be reached; nothing of it gets into the clone. */
export async function cleanMachine({ node, npm }: NodeVersion): Promise<CleanMachine> {
  const root = mkdtempSync(join(tmpdir(), 'portcullis-clean-'))
  const [bin, home, empty, clone] = ['bin', 'home', 'empty', 'clone'].map(name => join(root, name))
  if (bin === undefined || home === undefined || empty === undefined || clone === undefined)
    throw new Error('no folder')
  for (const folder of [bin, home, empty]) mkdirSync(folder)
  const programs = { ...system, node, npm, npx: join(dirname(npm), 'npx-cli.js') }
  for (const [name, program] of Object.entries(programs)) symlinkSync(program, join(bin, name))
  const userConfig = join(homedir(), '.npmrc')
  if (existsSync(userConfig)) copyFileSync(userConfig, join(home, '.npmrc'))
  await succeed(['git', 'clone', '--quiet', checkout, clone])
  return {
    clone,
    empty,
    env: { HOME: home, PATH: bin, npm_config_update_notifier: 'false', ...(await registryAccess()) },
    remove: () => rmSync(root, { recursive: true, force: true }),
  }
}

async function registryAccess(): Promise<Record<string, string>> {
  const access: Record<string, string> = {}
  for (const key of ['registry', 'cafile', 'cache', 'proxy', 'https-proxy']) {
    const value = (await succeed(['npm', 'config', 'get', key])).trim()
    if (value !== 'null' && value !== '') access[`npm_config_${key.replace('-', '_')}`] = value
  }
  const certificates = process.env.NODE_EXTRA_CA_CERTS
  return certificates === undefined ? access : { ...access, NODE_EXTRA_CA_CERTS: certificates }
}
