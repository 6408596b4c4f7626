/** The route of a block of an nginx.conf: what every module makes of its fields, put together. */
import type { Content, Route } from '../../routes/model.js'
import { authBasic } from '../modules/auth-basic.js'
import { core } from '../modules/core.js'
import { headers } from '../modules/headers.js'
import { indexFiles } from '../modules/index-files.js'
import { log } from '../modules/log.js'
import { proxy } from '../modules/proxy.js'
import type { Inherited } from '../modules/table.js'
import type { NginxReading } from '../reading.js'

/** @param pass what `proxy_pass` says in this block; null without one, and then files are served or nothing */
export function routeOf(inherited: Inherited, pass: Content | null, where: string, reading: NginxReading): Route {
  const served = core.compile(inherited, pass, indexFiles.compile(inherited))
  return {
    where,
    ...served,
    ...proxy.compile(inherited),
    ...authBasic.compile(inherited, served.content, where, reading),
    ...headers.compile(inherited),
    ...log.compile(inherited),
  }
}
