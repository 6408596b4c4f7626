/** How the directives that a block passes on read their words: each function gives the decision of one row of the table. */
import { createSecureContext } from 'node:tls'
import type { Own } from './compile/route.js'
import { parseFlag, parseSize, parseTime } from './language/values.js'
import type { NginxReading } from './reading.js'
import type { Decision, Setting } from './row.js'

function inherited(apply: (own: Own, first: string, setting: Setting, reading: NginxReading) => void): Decision {
  return { kind: 'inherited', apply: (own, setting, reading) => apply(own, setting.args[0] ?? '', setting, reading) }
}

/** `client_max_body_size`: 0 is no limit. */
export function size(name: 'maxBodyBytes'): Decision {
  return inherited((own, word, setting, reading) => {
    const bytes = parseSize(word)
    if (bytes === null)
      reading.problem(setting.at, `"${word}" is no size`, 'write bytes, or a number with k, m or g: 10g')
    else own[name] = bytes === 0 ? null : bytes
  })
}

/** Milliseconds. */
export function time(name: 'readMs' | 'sendMs'): Decision {
  return inherited((own, word, setting, reading) => {
    const ms = parseTime(word)
    if (ms === null)
      reading.problem(setting.at, `"${word}" is no time`, 'write seconds, or numbers with units: 15m, 1h30m, 500ms')
    else own[name] = ms
  })
}

export function flag(name: 'preferServerCiphers'): Decision {
  return inherited((own, _word, setting, reading) => {
    const on = readFlag(setting, reading)
    if (on !== null) own[name] = on
  })
}

/** A switch that is read and then ignored, with another reason for each of its positions. */
export function acceptedFlag(why: { readonly on: string | null; readonly off: string | null }): Decision {
  return {
    kind: 'ignored',
    why: (setting, reading) => {
      const on = readFlag(setting, reading)
      if (on === null) return null
      return on ? why.on : why.off
    },
  }
}

function readFlag(setting: Setting, reading: NginxReading): boolean | null {
  const word = setting.args[0] ?? ''
  const on = parseFlag(word)
  if (on === null) reading.problem(setting.at, `"${setting.name}" is either "on" or "off", not "${word}"`)
  return on
}

/** `ssl on`: every address of the server speaks TLS; nginx has removed it, many files still have it. */
export const sslSwitch: Decision = inherited((own, _word, setting, reading) => {
  const on = readFlag(setting, reading)
  if (on !== null) own.tls = on ? setting.at : null
})

/** Certificates and keys accumulate within a block. */
export function file(name: 'certificates' | 'certificateKeys'): Decision {
  return inherited((own, word, setting, reading) => {
    own[name] = [...(own[name] ?? []), { path: reading.path(word, setting.at), where: setting.at }]
  })
}

export const authBasic: Decision = inherited((own, word, setting, reading) => {
  own.realm = word === 'off' ? 'off' : { value: reading.template(word, setting.at), where: setting.at }
})

export const usersFile: Decision = inherited((own, word, setting, reading) => {
  own.usersFile = { path: reading.path(word, setting.at), where: setting.at }
})

export const root: Decision = inherited((own, word, setting, reading) => {
  own.root = reading.path(word, setting.at)
})

/** An empty value is kept: it says that the client's own header is not sent either. */
export const proxySetHeader: Decision = inherited((own, name, setting, reading) => {
  const value = reading.template(setting.args[1] ?? '', setting.at)
  if (checkHeaderName(name, setting, reading)) own.backendHeaders = [...(own.backendHeaders ?? []), { name, value }]
})

export const addHeader: Decision = inherited((own, name, setting, reading) => {
  const [, word = '', third] = setting.args
  const value = reading.template(word, setting.at)
  if (third !== undefined && third !== 'always') {
    reading.problem(
      setting.at,
      `unexpected "${third}" after the value of the header`,
      'put quotes around a value with spaces, or write "always"',
    )
  }
  if (checkHeaderName(name, setting, reading)) {
    own.responseHeaders = [...(own.responseHeaders ?? []), { name, value, always: third === 'always' }]
  }
})

/** RFC 9110, section 5.1: a header's name is a token. */
function checkHeaderName(name: string, setting: Setting, reading: NginxReading): boolean {
  const valid = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)
  if (!valid) reading.problem(setting.at, `"${name}" is no name of a header`)
  return valid
}

/** Statuses that stand for a refused handshake or header; without a status of their own they are answered as 400. */
const answeredAs400 = new Set([494, 495, 496, 497])

export const errorPage: Decision = inherited((own, _word, { args, at }, reading) => {
  const target = reading.template(args.at(-1) ?? '', at)
  const equals = args.length > 2 && args.at(-2)?.startsWith('=') === true ? args.at(-2) : undefined
  const words = args.slice(0, equals === undefined ? -1 : -2)
  const statuses = words.map(word => {
    const status = /^\d{3}$/.test(word) ? Number(word) : 0
    if (status < 300 || status > 599 || status === 499) reading.problem(at, `"${word}" is no status from 300 to 599`)
    return status
  })
  if (equals !== undefined && !/^=(\d{3})?$/.test(equals)) reading.problem(at, `"${equals}" is no status behind "="`)
  const said = equals === undefined ? null : equals === '=' ? ('of-page' as const) : Number(equals.slice(1))
  const pages = [
    { statuses: statuses.filter(status => !answeredAs400.has(status)), answer: said, target },
    { statuses: statuses.filter(status => answeredAs400.has(status)), answer: said ?? 400, target },
  ]
  own.errorPages = [...(own.errorPages ?? []), ...pages.filter(page => page.statuses.length > 0)]
})

/** Only `off` makes a difference: the log has a form of its own. */
export const accessLog: Decision = inherited((own, word, { args, at }, reading) => {
  own.accessLog = word !== 'off'
  const [, format] = args
  if (word === 'off') {
    if (format !== undefined) reading.problem(at, `unexpected "${format}" after "access_log off"`)
    return
  }
  if (format !== undefined && !/^(combined|main)$/.test(format) && !/^\w+=/.test(format)) {
    reading.problem(
      at,
      `the log format "${format}" is not known`,
      'leave the format out: the log of the gate has a form of its own',
    )
    return
  }
  reading.notice(at, '"access_log" with a file: requests are logged to standard error with everything else')
})

/** From the oldest; nginx's other spellings do not exist. */
const protocolNames = ['SSLv2', 'SSLv3', 'TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3']

export const protocols: Decision = inherited((own, _word, { args, at }, reading) => {
  const known = args.map(word => protocolNames.find(name => name.toLowerCase() === word.toLowerCase()) ?? null)
  known.forEach((name, index) => {
    if (name === null)
      reading.problem(at, `"${args[index]}" is no version of TLS`, `the versions are ${protocolNames.join(', ')}`)
  })
  const names = known.filter(name => name !== null)
  own.protocols = { names: [...(own.protocols?.names ?? []), ...names], where: at }
})

/** The list goes to the TLS library as it is, which has to find at least one cipher in it. */
export const ciphers: Decision = inherited((own, word, { at }, reading) => {
  try {
    createSecureContext({ ciphers: word })
    own.ciphers = word
  } catch {
    reading.problem(at, `"${word}" selects no cipher`, 'see which ones a list selects with: openssl ciphers -v LIST')
  }
})
