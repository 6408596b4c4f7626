/** The name of a header in an nginx.conf. */
import type { NginxReading } from './reading.js'

/** RFC 9110, section 5.1: a header's name is a token; anything else is a problem, and false. */
export function checkHeaderName(name: string, at: string, reading: NginxReading): boolean {
  const valid = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)
  if (!valid) reading.problem(at, `"${name}" is no name of a header`)
  return valid
}
