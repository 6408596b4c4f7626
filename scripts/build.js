// Makes dist from src, from a clean slate: the executables, the programs of workers and password threads, and what these share.
// What stands in `dependencies` stays a package of its own; other packages that src imports become part of dist.
import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rolldown } from 'rolldown'

const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8'))
const programs = [
  'main',
  'create-certs',
  'server/worker/worker',
  'server/worker/watchdog-thread',
  'users/htpasswd/compare-thread',
]

rmSync('dist', { recursive: true, force: true })
const bundle = await rolldown({
  input: Object.fromEntries(programs.map(name => [name, `src/${name}.ts`])),
  platform: 'node',
  external: Object.keys(dependencies),
})
const { output } = await bundle.write({
  dir: 'dist',
  entryFileNames: '[name].js',
  chunkFileNames: 'chunks/[name].js',
})
await bundle.close()

for (const file of ['dist/main.js', 'dist/create-certs.js']) chmodSync(file, 0o755)
writeFileSync('dist/LICENSES.txt', licensesOf(output.flatMap(chunk => ('moduleIds' in chunk ? chunk.moduleIds : []))))

/** The licenses of all packages that have become part of dist, one after the other. */
function licensesOf(modules) {
  const folders = modules.map(file => /^.*\/node_modules\/(@[^/]+\/)?[^/]+/.exec(file)?.[0]).filter(Boolean)
  return [...new Set(folders)].toSorted().map(licenseOf).join('\n')
}

function licenseOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const file = readdirSync(folder).find(name => /^licen[cs]e/i.test(name))
  if (file === undefined) throw new Error(`${name} is bundled and brings no license`)
  return `${name} ${version} (${license})\n\n${readFileSync(join(folder, file), 'utf8')}`
}
