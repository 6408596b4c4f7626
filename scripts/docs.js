// Writes the parts of docs that are made from tables of src: `npm run docs`. A test fails where they are stale.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { rolldown } from 'rolldown'
import { directiveTables } from './docs/directive-tables.js'
import { withSection } from './docs/section.js'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Loads a module of src, which Node itself cannot read. */
async function load(path) {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-docs-'))
  try {
    const bundle = await rolldown({ input: join(root, path), platform: 'node' })
    await bundle.write({ dir: folder, entryFileNames: 'module.mjs' })
    await bundle.close()
    return await import(pathToFileURL(join(folder, 'module.mjs')).href)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const { modules } = await load('src/nginx/modules/table.ts')
const page = join(root, 'docs/nginx.md')
writeFileSync(page, withSection(readFileSync(page, 'utf8'), 'directives', directiveTables(modules)))
