/** Who is at the other end: the address of the connection, or what a trusted proxy says. */
import { BlockList, isIP } from 'node:net'

/** `::ffff:192.0.2.1`, as a dual-stack socket names an IPv4 client, without its prefix. */
export function plainAddress(address: string | undefined): string {
  if (address === undefined) return ''
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice('::ffff:'.length) : address
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
 * The client behind trusted proxies: X-Forwarded-For is read from the right for as long as each hop is trusted.
 * @returns the connection's own address where it is not trusted
 */
export function clientAddress(
  remote: string,
  forwardedFor: string | undefined,
  trusted: (address: string) => boolean,
): string {
  let client = remote
  const hops = forwardedFor?.split(',').map(hop => hop.trim()) ?? []
  while (trusted(client)) {
    const hop = hops.pop()
    if (hop === undefined || isIP(hop) === 0) break
    client = plainAddress(hop)
  }
  return client
}
