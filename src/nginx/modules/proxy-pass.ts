/** `proxy_pass`: the address of a backend, and what becomes of the path. */
import { redacted } from '../../errors/redacted.js'

import type { Content } from '../../routes/model.js'
import { plainText } from '../language/template.js'
import type { NginxReading } from '../reading.js'
import type { CheckedDirective } from '../row.js'

/**
 * @param matchedPrefix what the location matches, to be replaced by the path of the address; null where such a path is not allowed:
 *   in a regular expression, a named location and an `if`
 */
export function compileProxyPass(
  directive: CheckedDirective,
  matchedPrefix: string | null,
  reading: NginxReading,
): Content {
  const { args, at } = directive
  const [word = ''] = args
  const backend = reading.template(word, at)
  if (plainText(backend) === null) {
    if (!/^(https?:\/\/|\$)/i.test(word)) malformed(word, at, reading)
    return { kind: 'forward', where: at, backend, path: null, verify: false }
  }
  const found = /^(https?):\/\/([^/?#]*)(.*)$/is.exec(word)
  const [, scheme = '', authority = '', path = ''] = found ?? []
  if (found === null || !isAuthority(authority)) {
    malformed(word, at, reading)
    return { kind: 'nothing' }
  }
  if (path !== '' && matchedPrefix === null) {
    reading.problem(
      at,
      `"proxy_pass" cannot have the path "${path}" here: nothing says which part of the request's path it replaces`,
      `write proxy_pass ${scheme}://${authority}; or use a location without a regular expression`,
    )
  }
  if (scheme.toLowerCase() === 'https') {
    reading.notice(at, 'the certificate of this backend is not checked, as nginx does without "proxy_ssl_verify on"')
  }
  reading.backends.push({ authority: authority.toLowerCase(), at })
  return {
    kind: 'forward',
    where: at,
    backend: [`${scheme.toLowerCase()}://${authority}`],
    path: path === '' || matchedPrefix === null ? null : { replacement: [path], matchedPrefix },
    verify: false,
  }
}

function malformed(word: string, at: string, reading: NginxReading): void {
  const socket = /^https?:\/\/unix:/i.test(word)
  const hint = /^[a-z0-9.-]+(:\d+)?(\/|$)/i.test(word)
    ? `write proxy_pass http://${word};`
    : 'write for example: proxy_pass http://registry:5000;'
  if (socket) reading.problem(at, 'a backend behind a unix socket is not supported yet')
  else reading.problem(at, `"${redacted(word)}" is no address of a backend`, hint)
}

/** A host or the name of an upstream, with or without a port; IPv6 in brackets. */
export function isAuthority(text: string): boolean {
  const found = /^(?:\[[0-9a-f:.]+\]|[^\s:/?#@[\]]+)(?::(\d{1,5}))?$/i.exec(text)
  if (found === null) return false
  const port = found[1] === undefined ? 80 : Number(found[1])
  return port >= 1 && port <= 65_535
}
