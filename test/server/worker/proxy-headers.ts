/** PROXY headers of version 2 in bytes, as a balancer builds them. */

/** @param command 0x21 for PROXY, 0x20 for LOCAL @param family 0x11 for TCP over IPv4, 0x21 over IPv6 */
export function binaryHeader(command: number, family: number, rest: Buffer = Buffer.alloc(0)): Buffer {
  const size = Buffer.alloc(2)
  size.writeUInt16BE(rest.length)
  return Buffer.concat([Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1'), Buffer.from([command, family]), size, rest])
}

/** The addresses of a connection from there to 10.0.0.1:5000. */
export const ipv4 = (address: string, port: number): Buffer =>
  Buffer.concat([Buffer.from(address.split('.').map(Number)), Buffer.from([10, 0, 0, 1]), ports(port)])

/** @param address 32 hexadecimal digits */
export const ipv6 = (address: string, port: number): Buffer =>
  Buffer.concat([Buffer.from(address, 'hex'), Buffer.alloc(16, 1), ports(port)])

export const tlv = (type: number, value: string): Buffer =>
  Buffer.concat([Buffer.from([type, 0, Buffer.byteLength(value)]), Buffer.from(value)])

function ports(source: number): Buffer {
  const both = Buffer.alloc(4)
  both.writeUInt16BE(source)
  both.writeUInt16BE(5_000, 2)
  return both
}
