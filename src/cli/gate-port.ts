/** The port that clients of this folder's gate name: what `serve` would listen on here, as far as that is known without its flags. */

import type { Raw } from '../settings/options/option.js'
import { parseOptions } from '../settings/options/parse-options.js'
import { readYaml } from '../settings/read-yaml.js'

const usual = 5000

/** Of PORTCULLIS_LISTEN, else of ./portcullis.yaml; 5000 where neither names one that can be used: `check` says what is wrong there. */
export function gatePort(): number {
  const where = 'PORTCULLIS_LISTEN'
  const text = process.env[where]?.trim() ?? ''
  const said: Raw = { from: 'environment', where, texts: [{ text, where }] }
  const raw = text === '' ? readYaml(null).raw.listen : said
  const { port } = parseOptions(raw === undefined ? {} : { listen: raw }).options.listen.value
  return port === 0 ? usual : port
}
