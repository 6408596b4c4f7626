/** Mounts for tests, as a container has them; where the tests may not mount, those that need it are skipped. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const mounted: string[] = []

/** Shows the file `source` at the place of the file `target`. */
export function bindFile(source: string, target: string, options: { readonly readOnly?: true } = {}): void {
  writeFileSync(target, '')
  mount(['--bind', source, target])
  mounted.push(target)
  if (options.readOnly) mount(['-o', 'remount,bind,ro', target])
}

/** An empty file system at `folder` with room for `pages` of 4 KiB. */
export function mountTiny(folder: string, pages: number): void {
  mount(['-t', 'tmpfs', '-o', `size=${pages * 4096}`, 'tmpfs', folder])
  mounted.push(folder)
}

/** To be called after each test. */
export function unmountAll(): void {
  for (const place of mounted.splice(0).reverse()) spawnSync('umount', [place])
}

function mount(args: readonly string[]): void {
  const { status, stderr } = spawnSync('mount', args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`mount: ${stderr}`)
}

/** Tried once. */
export const mayMount = tryToMount()

function tryToMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-mount-'))
  try {
    writeFileSync(join(folder, 'a'), '')
    bindFile(join(folder, 'a'), join(folder, 'b'))
    return true
  } catch {
    return false
  } finally {
    unmountAll()
    rmSync(folder, { recursive: true })
  }
}
