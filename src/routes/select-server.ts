/** Which server of an address a request is for, by its Host header (or a TLS connection, by its server name). */
import type { CompiledListener, CompiledServer } from './compile.js'
import { findName, hostName } from './names.js'

/** @param host a Host header with or without a port, or a name of SNI; undefined where there is none */
export function selectServer(listener: CompiledListener, host: string | undefined): CompiledServer {
  return findName(listener.names, hostName(host ?? '')) ?? listener.defaultServer
}
