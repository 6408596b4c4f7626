/** One login as it is counted: who tries, from where, and with what, none of which can be read from it but the network. */
import { createHmac } from 'node:crypto'
import { isIPv6 } from 'node:net'

export interface Attempt {
  /** The address of the client, or its /64 (`2001:db8:0:1::/64`): one client has all addresses of it. */
  readonly network: string
  /** Of network and name: keyed hash, because people type passwords into the wrong field. */
  readonly pair: string
  /** Of network, name and password: keyed hash. */
  readonly guess: string
}

/** @param key at least 32 random bytes, the same wherever attempts are counted together */
export function describeAttempt(key: Uint8Array, address: string, name: string, password: string): Attempt {
  const network = networkOf(address)
  const who = `${network.length}:${network}${name.length}:${name}`
  const keyed = (text: string) => createHmac('sha256', key).update(text, 'utf16le').digest('base64url')
  return { network, pair: keyed(`pair:${who}`), guess: keyed(`guess:${who}${password.length}:${password}`) }
}

/** Those whose wrong passwords are counted together. @param address what is no IPv6 address stands for itself */
export function networkOf(address: string): string {
  const [plain = ''] = address.split('%')
  if (!isIPv6(plain)) return address
  const [head = '', tail] = plain.toLowerCase().split('::')
  const before = groups(head)
  const after = tail === undefined ? [] : groups(tail)
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0')
  const all = [...before, ...zeros, ...after].map(group => Number.parseInt(group, 16).toString(16))
  return `${all.slice(0, 4).join(':')}::/64`
}

/** An IPv4 address at the end (`64:ff9b::192.0.2.1`) is two groups of which no network here needs the value. */
const groups = (text: string): string[] =>
  text === '' ? [] : text.split(':').flatMap(group => (group.includes('.') ? ['0', '0'] : [group]))
