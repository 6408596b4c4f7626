/** The version of this program. */
import { readFileSync } from 'node:fs'

/** As package.json has it: `0.1.0`. */
export function version(): string {
  const manifest: { version?: unknown } = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  )
  return String(manifest.version)
}
