/** The port of this folder's gate: the one that `serve` would listen on here, as far as it is known without flags. */

import type { Raw } from '../settings/options/option.js'
import { parseOptions } from '../settings/options/parse-options.js'
import { readYaml } from '../settings/read-yaml.js'

const usual = 5000

/**
 * Returns the port of PORTCULLIS_LISTEN or ./portcullis.yaml, or 5000 if neither is usable; `check` reports such
 * mistakes.
 */
export function gatePort(): number {
  const where = 'PORTCULLIS_LISTEN'
  const text = process.env[where]?.trim() ?? ''
  const fromEnvironment: Raw = { from: 'environment', where, texts: [{ text, where }] }
  const raw = text === '' ? readYaml(null).raw.listen : fromEnvironment
  const { port } = parseOptions(raw === undefined ? {} : { listen: raw }).options.listen.value
  return port === 0 ? usual : port
}
