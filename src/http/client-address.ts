/** Who is at the other end: the address of the connection, or what a trusted proxy says. */
import { BlockList, isIP, SocketAddress } from 'node:net'

/**
 * The address of a socket, without the zone of a link-local one (`fe80::1%eth0`), and without the prefix with which a dual-stack socket
 * names an IPv4 client (`::ffff:192.0.2.1`).
 */
export function plainAddress(address: string | undefined): string {
  if (address === undefined) return ''
  const [plain = ''] = address.split('%', 1)
  return plain.startsWith('::ffff:') && plain.includes('.') ? plain.slice('::ffff:'.length) : plain
}

/** As a socket would name it, so that one client has one name. @param address that isIP accepts */
export function usualSpelling(address: string): string {
  return isIP(address) === 6 ? plainAddress(new SocketAddress({ address, family: 'ipv6' }).address) : address
}

/** A test for addresses. @param networks addresses and CIDR ranges that isNetwork accepts */
export function trustedNetworks(networks: readonly string[]): (address: string) => boolean {
  if (networks.length === 0) return () => false
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', bits] = network.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    if (bits === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(bits), family)
  }
  return address => isIP(address) !== 0 && list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}

/** Whether the text is an IP address or a range such as `10.0.0.0/8`. */
export function isNetwork(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/')
  const family = isIP(address)
  if (family === 0 || more.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 6 ? 128 : 32))
}

/**
 * The client behind trusted proxies: X-Forwarded-For is read from the right for as long as each hop is trusted, as nginx's realip module
 * does with `real_ip_recursive on`. An element that holds no address ends it: the hop before counts.
 * @returns the connection's own address where it is not trusted
 */
export function clientAddress(
  remote: string,
  forwardedFor: string | undefined,
  trusted: (address: string) => boolean,
): string {
  let client = remote
  if (forwardedFor === undefined) return client
  const header = forwardedFor
  const isSeparator = (index: number) => index >= 0 && separators.includes(header.charAt(index))
  let end = header.length
  while (trusted(client)) {
    while (isSeparator(end - 1)) end--
    let start = end
    while (start > 0 && !isSeparator(start - 1)) start--
    const hop = hopAddress(header.slice(start, end))
    if (hop === null) break
    client = hop
    end = start
  }
  return client
}

/** Those of nginx, and the tabulator, which RFC 9110 allows as well. */
const separators = ', \t'

/** With brackets, a zone, quotes and a port. */
const maxHop = 100

/**
 * The address in an element of X-Forwarded-For: with a port or without one, an IPv6 address in brackets or not (nginx's
 * ngx_parse_addr_port), all or a part of it in quotes (RFC 7239 quotes what has a colon). null for `unknown`, `_hidden` and whatever else.
 */
function hopAddress(element: string): string | null {
  if (element.length > maxHop) return null
  const text = element.replaceAll('"', '')
  if (isIP(text) !== 0) return usualSpelling(text)
  const bracketed = /^\[([^\]]+)\](?::(\d{1,5}))?$/.exec(text)
  const [, host, port = '1'] = bracketed ?? /^(.+):(\d{1,5})$/.exec(text) ?? []
  const isAddress = host !== undefined && (bracketed === null ? isIP(host) !== 0 : isIP(host) === 6)
  return isAddress && Number(port) >= 1 && Number(port) <= 65_535 ? usualSpelling(host) : null
}
