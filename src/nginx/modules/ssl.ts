/** ngx_http_ssl_module: certificates, versions and ciphers, with a floor: no version below 1.2, and 1.3 is never forbidden. */
import { createSecureContext } from 'node:tls'
import type { TlsSettings } from '../../routes/model.js'
import { any, aSize, aTime, eachWord, flag, ignored, list, onOff, readFlag, value } from '../readers.js'
import type { NamedFile, NginxReading } from '../reading.js'
import {
  type CheckedDirective,
  type Context,
  ignoredEach,
  many,
  type NothingLeft,
  nginxModule,
  once,
  refused,
} from '../row.js'

const contexts = ['http', 'server'] as const satisfies readonly Context[]
const pairs = 'as in nginx, several pairs per server; no variables'
const sessionCaches = eachWord(
  'session cache',
  word => /^(off|none|builtin(:\d+)?|shared:[^:]+:\d+[km]?)$/i.test(word),
  [1, 2],
)
const forOldVersions = 'as in nginx, for TLSv1.2'

/** The names of `ssl_protocols`, and the last line with some. */
type Protocols = { readonly names: readonly string[]; readonly where: string } | null

export const ssl = nginxModule(
  'ngx_http_ssl_module',
  [
    once(
      'ssl',
      contexts,
      value<'sslOn', string | null>('sslOn', null, (_word, directive, reading) => {
        const on = readFlag(directive, reading)
        return on === null ? undefined : on ? directive.at : null
      }),
      '`on`: every address of the server speaks TLS, which nginx has given up',
    ),
    many('ssl_certificate', contexts, list('certificates', [1, 1], readFile), pairs),
    many('ssl_certificate_key', contexts, list('certificateKeys', [1, 1], readFile), pairs),
    many(
      'ssl_protocols',
      contexts,
      value<'protocols', Protocols>('protocols', null, readProtocols, [1, any]),
      'nothing below TLSv1.2 is offered, and TLSv1.3 always is; SSL alone is refused',
    ),
    once('ssl_ciphers', contexts, value<'ciphers', string | null>('ciphers', null, readCiphers), forOldVersions),
    once('ssl_prefer_server_ciphers', contexts, flag('preferServerCiphers', false), forOldVersions),
    once(
      'ssl_session_cache',
      contexts,
      ignored('sessions are resumed with tickets, which need no cache', sessionCaches),
    ),
    once(
      'ssl_session_timeout',
      contexts,
      ignored('how long a TLS session can be resumed is left to the TLS library', aTime),
    ),
    once('ssl_session_tickets', contexts, ignored('sessions are always resumed with tickets', onOff('on'))),
    many('ssl_session_ticket_key', contexts, ignored('the gate makes the keys of tickets, new ones twice a day')),
    once('ssl_dhparam', contexts, ignored('no cipher that needs these parameters is offered: ECDHE takes their place')),
    once('ssl_ecdh_curve', contexts, ignored('the curves are chosen by the gate')),
    once('ssl_buffer_size', contexts, ignored('the TLS library decides how bytes are sent', aSize)),
    ...ignoredEach(contexts, ignored('the gate does not staple: clients ask the authority themselves', onOff('off')), [
      'ssl_stapling',
      'ssl_stapling_verify',
    ]),
    ...ignoredEach(contexts, ignored('the gate does not staple: clients ask the authority themselves'), [
      'ssl_stapling_file',
      'ssl_stapling_responder',
    ]),
    ...ignoredEach(contexts, ignored('clients are asked for no certificate ("ssl_verify_client on" is refused)'), [
      'ssl_client_certificate',
      'ssl_crl',
      'ssl_trusted_certificate',
      'ssl_verify_depth',
    ]),
    ...refused('ask clients for a certificate', 'ask for passwords with auth_basic', ['ssl_verify_client'], {
      unless: 'off',
    }),
    ...refused(
      'take a request before the handshake is done, which can be sent twice',
      'take the line out',
      ['ssl_early_data'],
      {
        unless: 'off',
      },
    ),
    ...refused('refuse every handshake on this server', null, ['ssl_reject_handshake'], { unless: 'off' }),
    ...refused('read the passwords of encrypted keys', 'decrypt the key: openssl pkey -in KEY -out PLAIN', [
      'ssl_password_file',
    ]),
    ...refused('set an option of its TLS library', 'take the line out', ['ssl_conf_command']),
  ],
  (
    { sslOn, certificates, certificateKeys, protocols, ciphers, preferServerCiphers, ...rest },
    reading: NginxReading,
  ) => {
    rest satisfies NothingLeft
    const pairs = pairsOf(certificates, certificateKeys, reading)
    const tls: TlsSettings | null =
      pairs.length === 0
        ? null
        : { certificates: pairs, ciphers, minVersion: lowestVersion(protocols, reading), preferServerCiphers }
    /** `tls` is null for a server without a certificate; `everyAddress` is the place of `ssl on`. */
    return { tls, everyAddress: sslOn }
  },
)

function readFile(word: string, { at }: CheckedDirective, reading: NginxReading): readonly NamedFile[] {
  return [{ path: reading.path(word, at), where: at }]
}

/** From the oldest; nginx's other spellings do not exist. */
const protocolNames = ['SSLv2', 'SSLv3', 'TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3']

function readProtocols(
  _word: string,
  { args, at }: CheckedDirective,
  reading: NginxReading,
  earlier: Protocols | undefined,
): Protocols {
  const known = args.map(word => protocolNames.find(name => name.toLowerCase() === word.toLowerCase()) ?? null)
  known.forEach((name, index) => {
    if (name === null)
      reading.problem(at, `"${args[index]}" is no version of TLS`, `the versions are ${protocolNames.join(', ')}`)
  })
  return { names: [...(earlier?.names ?? []), ...known.filter(name => name !== null)], where: at }
}

/** The list goes to the TLS library as it is, which has to find at least one cipher in it. */
function readCiphers(word: string, { at }: CheckedDirective, reading: NginxReading): string | undefined {
  try {
    createSecureContext({ ciphers: word })
    return word
  } catch {
    reading.problem(at, `"${word}" selects no cipher`, 'see which ones a list selects with: openssl ciphers -v LIST')
    return undefined
  }
}

function pairsOf(
  certificates: readonly NamedFile[],
  certificateKeys: readonly NamedFile[],
  reading: NginxReading,
): TlsSettings['certificates'] {
  const firstWithoutKey = certificates[certificateKeys.length]
  if (firstWithoutKey !== undefined) {
    reading.problem(
      firstWithoutKey.where,
      `no "ssl_certificate_key" belongs to the certificate "${firstWithoutKey.path}"`,
      'add a line: ssl_certificate_key FILE;',
    )
  }
  return certificates.map((certificate, index) => ({
    cert: certificate.path,
    key: certificateKeys[index]?.path ?? '',
    where: certificate.where,
  }))
}

function lowestVersion(protocols: Protocols, reading: NginxReading): TlsSettings['minVersion'] {
  if (protocols === null) return 'TLSv1.2'
  const { names, where } = protocols
  if (names.length > 0 && names.every(name => name.startsWith('SSL'))) {
    reading.problem(where, `${names.join(' and ')} can no longer be spoken`, 'write ssl_protocols TLSv1.2 TLSv1.3;')
    return 'TLSv1.2'
  }
  const old = names.filter(name => name !== 'TLSv1.2' && name !== 'TLSv1.3')
  if (old.length > 0)
    reading.notice(where, `"ssl_protocols": ${old.join(' and ')} is not offered, the lowest version is TLSv1.2`)
  if (!names.includes('TLSv1.3')) reading.notice(where, '"ssl_protocols": TLSv1.3 is offered as well')
  return names.every(name => name === 'TLSv1.3') ? 'TLSv1.3' : 'TLSv1.2'
}
