/** The arrows between the folders of src: a lower level never imports a higher one, domains do not import each other. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'

const src = resolve(import.meta.dirname, '../../src')

const levels: Readonly<Record<string, number>> = {
  errors: 0,
  concurrency: 0,
  files: 0,
  http: 0,
  text: 0,
  'registry-api': 1,
  certificates: 1,
  users: 1,
  nginx: 1,
  routes: 1,
  access: 1,
  token: 1,
  'login-limits': 1,
  'upstream-auth': 1,
  upstream: 1,
  'embedded-registry': 1,
  observe: 2,
  settings: 2,
  gateway: 3,
  server: 4,
  cli: 5,
}

/** What may use others of its own level. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  concurrency: ['errors'],
  files: ['errors'],
  http: ['errors'],
  access: ['registry-api'],
  nginx: ['routes'],
  token: ['registry-api'],
  'embedded-registry': ['registry-api'],
}

const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter(file => file.endsWith('.ts'))
const imports = files.flatMap(file => {
  const text = readFileSync(join(src, file), 'utf8')
  const forms = [/^(?:import|export)\s[^'"=(]*?\bfrom\s+'([^']+)'/gm, /^import '([^']+)'/gm, /\bimport\('([^']+)'\)/g]
  const specifiers = forms.flatMap(form => [...text.matchAll(form)].map(match => match[1] ?? ''))
  return specifiers.map(specifier => ({ file, specifier }))
})

const folderOf = (path: string) => (path.includes('/') ? (path.split('/')[0] ?? '') : 'main')

test('every folder of src has its level', () => {
  const folders = new Set(files.map(folderOf).filter(folder => folder !== 'main'))
  expect([...folders].filter(folder => !(folder in levels))).toEqual([])
})

test('imports follow the arrows', () => {
  const wrong = imports
    .filter(({ specifier }) => specifier.startsWith('.'))
    .map(({ file, specifier }) => ({ file, to: relative(src, resolve(src, dirname(file), specifier)) }))
    .filter(({ file, to }) => {
      const [from, target] = [folderOf(file), folderOf(to)]
      if (from === target || from === 'main') return false
      const [low, high] = [levels[from] ?? 9, levels[target] ?? 9]
      if (high < low) return false
      return !(low === high && allowed[from]?.includes(target))
    })
    .map(({ file, to }) => `${file} -> ${to}`)
  expect(wrong).toEqual([])
})

test('no file imports itself over others, types included', () => {
  const targets = new Map<string, readonly string[]>()
  for (const file of files) {
    const own = imports.filter(each => each.file === file && each.specifier.startsWith('.'))
    targets.set(
      file,
      own.map(({ specifier }) => relative(src, resolve(src, dirname(file), specifier)).replace(/\.js$/, '.ts')),
    )
  }
  const circles: string[] = []
  const done = new Set<string>()
  const follow = (file: string, path: readonly string[]) => {
    if (path.includes(file)) return void circles.push([...path.slice(path.indexOf(file)), file].join(' -> '))
    if (done.has(file)) return
    for (const target of targets.get(file) ?? []) follow(target, [...path, file])
    done.add(file)
  }
  for (const file of files) follow(file, [])
  expect(circles).toEqual([])
})

test('primary and workers know of each other by messages alone', () => {
  const sides = ['server/primary', 'server/worker']
  const between = imports.filter(({ file, specifier }) => {
    const target = dirname(relative(src, resolve(src, dirname(file), specifier)))
    return sides.includes(dirname(file)) && sides.includes(target) && dirname(file) !== target
  })
  expect(between).toEqual([])
})

test('there are enough imports to judge', () => expect(imports.length).toBeGreaterThan(100))

describe('packages', () => {
  interface Manifest {
    readonly dependencies: Readonly<Record<string, string>>
    readonly devDependencies: Readonly<Record<string, string>>
    /** `#worker` and the like: programs of dist, made of those of src. */
    readonly imports: Readonly<Record<string, string>>
  }
  const manifest: Manifest = JSON.parse(readFileSync(join(src, '../package.json'), 'utf8'))
  const runtime = Object.keys(manifest.dependencies)
  /** What scripts/build.js makes part of dist. */
  const bundled = ['jose', 'lru-cache', 'prom-client', 're2js', 'yaml', 'zod']

  /** All files that the executables reach, over static and dynamic imports and the programs of workers and threads. */
  const reached = new Set<string>()
  const visit = (file: string) => {
    if (reached.has(file)) return
    reached.add(file)
    for (const { specifier } of imports.filter(found => found.file === file)) {
      if (specifier.startsWith('.'))
        visit(relative(src, resolve(src, dirname(file), specifier)).replace(/\.js$/, '.ts'))
    }
    const text = readFileSync(join(src, file), 'utf8')
    for (const [name, target] of Object.entries(manifest.imports)) {
      const program = /^\.\/dist\/(.*)\.js$/.exec(target)?.[1]
      if (program !== undefined && text.includes(`programFile('${name}')`)) visit(`${program}.ts`)
    }
  }
  visit('main.ts')
  visit('create-certs.ts')
  const used = new Set(imports.filter(({ file }) => reached.has(file)).map(({ specifier }) => specifier))

  test.each(runtime)('%s is imported from the executables', name => expect([...used]).toContain(name))

  test('nothing else is imported', () => {
    const foreign = [...used].filter(name => !name.startsWith('.') && !name.startsWith('node:'))
    expect(foreign.filter(name => !runtime.includes(name) && !bundled.includes(name))).toEqual([])
  })

  test.each(bundled)('%s becomes part of what is built, and brings its license', name => {
    expect([...used]).toContain(name)
    expect(Object.keys(manifest.devDependencies)).toContain(name)
    expect(readFileSync(join(src, '../dist/LICENSES.txt'), 'utf8')).toMatch(new RegExp(`^${name} \\d.* \\(.+\\)$`, 'm'))
  })

  test.each(['http-proxy', 'node-forge', 'bcryptjs', 'commander', 'pino', 'selfsigned'])('%s keeps its job', name =>
    expect(runtime).toContain(name),
  )

  test('every file is reached from an executable', () => {
    expect(files.filter(file => !reached.has(file))).toEqual([])
  })

  test('no dependency runs a script when it is installed', () => {
    const lock: { packages: Record<string, { hasInstallScript?: boolean; dev?: boolean }> } = JSON.parse(
      readFileSync(join(src, '../package-lock.json'), 'utf8'),
    )
    const scripted = Object.entries(lock.packages).filter(
      ([path, entry]) => path !== '' && entry.hasInstallScript && !entry.dev,
    )
    expect(scripted.map(([path]) => path)).toEqual([])
  })
})
