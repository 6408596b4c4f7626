/** Selects the server of an address by the Host header, or by the server name of a TLS connection. */
import type { CompiledListener, CompiledServer } from './compile.js'
import { findName, hostName } from './names.js'

/** @param host a Host header with or without a port, or an SNI name; undefined if there is none */
export function selectServer(listener: CompiledListener, host: string | undefined): CompiledServer {
  return findName(listener.names, hostName(host ?? '')) ?? listener.defaultServer
}
