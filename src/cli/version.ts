/** The version of this program. */
import { readFileSync } from 'node:fs'

/** The version in package.json: `0.2.0`. */
export function version(): string {
  const file = new URL(import.meta.resolve('#manifest'))
  const manifest: { version?: unknown } = JSON.parse(readFileSync(file, 'utf8'))
  return String(manifest.version)
}
