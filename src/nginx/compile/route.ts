/** What a block of an nginx.conf passes on to the blocks within it, and what holds where no block says anything. */

import type { Content, ErrorPage, HeaderTemplate, Route } from '../../routes/model.js'
import type { Template } from '../language/template.js'
import type { NamedFile, NginxReading } from '../reading.js'

/** nginx's rule for all of these: what a block says replaces what it would inherit, lists as a whole. */
export interface Inherited {
  /** null where no block says anything, which lets everybody in as `off` does. */
  readonly realm: { readonly value: Template; readonly where: string } | 'off' | null
  readonly usersFile: NamedFile | null
  /** null: no limit. */
  readonly maxBodyBytes: number | null
  readonly backendHeaders: readonly HeaderTemplate[]
  readonly responseHeaders: readonly (HeaderTemplate & { readonly always: boolean })[]
  readonly errorPages: readonly ErrorPage[]
  readonly accessLog: boolean
  readonly readMs: number
  readonly sendMs: number
  readonly root: string | null
  /** `ssl on`, and where. */
  readonly tls: string | null
  readonly certificates: readonly NamedFile[]
  readonly certificateKeys: readonly NamedFile[]
  readonly protocols: { readonly names: readonly string[]; readonly where: string } | null
  readonly ciphers: string | null
  readonly preferServerCiphers: boolean
}

/** nginx's defaults (its documentation of each directive). */
export const nginxDefaults: Inherited = {
  realm: null,
  usersFile: null,
  maxBodyBytes: 1024 * 1024,
  backendHeaders: [],
  responseHeaders: [],
  errorPages: [],
  accessLog: true,
  readMs: 60_000,
  sendMs: 60_000,
  root: null,
  tls: null,
  certificates: [],
  certificateKeys: [],
  protocols: null,
  ciphers: null,
  preferServerCiphers: false,
}

/** What one block says itself, while it is read. */
export type Own = { -readonly [Name in keyof Inherited]?: Inherited[Name] }

/**
 * The route of a block with everything that it inherits. A password that would be asked against no file is a problem:
 * nginx lets everybody in there.
 */
export function routeOf(inherited: Inherited, content: Content, where: string, reading: NginxReading): Route {
  return {
    where,
    authentication: authenticationOf(inherited, content, where, reading),
    content,
    maxBodyBytes: inherited.maxBodyBytes,
    backendHeaders: inherited.backendHeaders,
    forwardedHeaders: 'as-configured',
    responseHeaders: inherited.responseHeaders,
    errorPages: inherited.errorPages,
    accessLog: inherited.accessLog,
    idleMs: { read: inherited.readMs, send: inherited.sendMs },
  }
}

function authenticationOf(
  { realm, usersFile }: Inherited,
  content: Content,
  where: string,
  reading: NginxReading,
): Route['authentication'] {
  if (realm === 'off') return null
  if (realm !== null && usersFile !== null) {
    reading.needUsersFile(usersFile)
    return { realm: realm.value, usersFile: usersFile.path, where: usersFile.where, rulesMayOpen: false }
  }
  if (content.kind === 'nothing') return null
  if (realm !== null) {
    reading.problem(
      realm.where,
      `"auth_basic" has no "auth_basic_user_file" that holds at ${where}, so nobody would be asked for a password`,
      'name the file with the users: auth_basic_user_file htpasswd;',
    )
  }
  if (realm === null && usersFile !== null) {
    reading.notice(
      usersFile.where,
      `"auth_basic_user_file" has no "auth_basic" that holds at ${where}: everybody is let in there, as by nginx`,
      'to ask for a password, add: auth_basic "Registry";',
    )
  }
  return null
}
