/** The port that clients of this folder's gate name: what `serve` would listen on here, as far as that is known without its flags. */
import { readYaml } from '../settings/read-yaml.js'
import { validate } from '../settings/validate.js'

const usual = 5000

/** Of PORTCULLIS_LISTEN, else of ./portcullis.yaml; 5000 where neither names one that can be used: `check` says what is wrong there. */
export function gatePort(): number {
  const where = 'PORTCULLIS_LISTEN'
  const value = process.env[where]?.trim() ?? ''
  const listen = value === '' ? readYaml(null).draft.listen : { value, where }
  const port = listen === undefined ? usual : validate({ listen }).choices.listen.port
  return port === 0 ? usual : port
}
