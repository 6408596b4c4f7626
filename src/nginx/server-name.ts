/** The names of nginx's `server_name` and of a `map` with `hostnames`. */
import type { ServerName } from '../routes/model.js'
import type { NginxReading } from './reading.js'

/** `.example.com` is two names; a name that nginx refuses is a problem and none. Odd but possible names are taken as they are. */
export function parseServerName(word: string, at: string, reading: NginxReading): readonly ServerName[] {
  const name = word.toLowerCase()
  if (word.startsWith('~')) {
    if (word.length === 1) reading.problem(at, 'the regular expression of the server name is empty')
    return [{ kind: 'regex', pattern: reading.regex(word.slice(1), true, at) }]
  }
  if (name === '$hostname') {
    reading.problem(at, 'the server name "$hostname" is not supported yet', "write the host's name")
    return []
  }
  const stars = name.split('*').length - 1
  if (stars === 0 && name.startsWith('.') && name.length > 1) {
    return [
      { kind: 'exact', name: name.slice(1) },
      { kind: 'leading-wildcard', name },
    ]
  }
  if (stars === 1 && /^\*\../.test(name)) return [{ kind: 'leading-wildcard', name: name.slice(1) }]
  if (stars === 1 && /.\.\*$/.test(name)) return [{ kind: 'trailing-wildcard', name: name.slice(0, -1) }]
  if (stars > 0 || name === '.') {
    reading.problem(
      at,
      `"${word}" is no name of a server`,
      'a "*" stands for the first or the last part: *.example.com',
    )
    return []
  }
  return [{ kind: 'exact', name }]
}
