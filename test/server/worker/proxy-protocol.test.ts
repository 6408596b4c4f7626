/** Connections of a balancer, over real sockets: the announced client is everywhere the peer, and nobody else can announce one. */
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { certificateFiles, createInFolder } from '../../../src/certificates/create-in-folder.js'
import { binaryHeader, ipv4, ipv6, tlv } from './proxy-headers.js'
import { answerOn, arrive, ask, balancer, ended, type Stage, startStage, stranger } from './proxy-stage.js'

/** The gate's own limit is 30 s; for those who are slow it is the same with less waiting. */
const impatientMs = 1_000

const folder = mkdtempSync(join(tmpdir(), 'portcullis-proxy-protocol-'))
const heard: string[] = []
let secure: Stage
let open: Stage
let impatient: Stage

beforeAll(async () => {
  await createInFolder({
    folder,
    names: { hosts: ['localhost'], addresses: [] },
    algorithm: 'ecdsa',
    days: 30,
    authority: false,
    force: false,
    now: new Date(),
  })
  const { cert, key } = certificateFiles(folder)
  const tls = { options: { cert: readFileSync(cert), key: readFileSync(key) }, select: () => null }
  secure = await startStage(tls, heard)
  open = await startStage(null, heard)
  impatient = await startStage(tls, heard, impatientMs)
})
afterEach(() => heard.splice(0))
afterAll(async () => {
  for (const stage of [secure, open, impatient]) await stage.stop()
  rmSync(folder, { recursive: true, force: true })
})

const line = Buffer.from('PROXY TCP4 192.0.2.7 10.0.0.1 4711 5000\r\n')
const binary = binaryHeader(0x21, 0x11, Buffer.concat([ipv4('192.0.2.7', 4711), tlv(0x02, 'registry.local')]))
const stages = [
  ['TLS', () => secure],
  ['plain HTTP', () => open],
] as const

describe.each(stages)('before %s, a header of the balancer', (_, stage) => {
  it.each([
    ['v1, IPv4', line, '192.0.2.7 4711'],
    ['v1, IPv6', Buffer.from('PROXY TCP6 2001:db8::7 ::1 4711 5000\r\n'), '2001:db8::7 4711'],
    ['v2, IPv4 and a TLV', binary, '192.0.2.7 4711'],
    ['v2, IPv6', binaryHeader(0x21, 0x21, ipv6('20010db8000000000000000000000007', 4711)), '2001:db8::7 4711'],
  ])('%s: the announced client is the peer', async (_what, bytes, peer) => {
    expect(await ask(stage(), bytes, 0)).toBe(`gate ${peer}`)
    expect(await ask(stage(), bytes, bytes.length)).toBe(`gate ${peer}`)
  })

  it.each([
    ['v1, UNKNOWN', Buffer.from('PROXY UNKNOWN\r\n')],
    ['v2, LOCAL', binaryHeader(0x20, 0x00)],
    ['v2, UNSPEC', binaryHeader(0x21, 0x00)],
  ])('%s: the balancer itself is the peer', async (_what, bytes) => {
    expect(await ask(stage(), bytes, 0)).toMatch(new RegExp(`^gate ${balancer} \\d+$`))
    expect(await ask(stage(), bytes, bytes.length)).toMatch(new RegExp(`^gate ${balancer} \\d+$`))
  })

  it.each([
    ['v1', line],
    ['v2', binary],
  ])('%s: may come in two parts, whichever they are', async (_what, bytes) => {
    const answers = Array.from(bytes, (_byte, index) => ask(stage(), bytes, index + 1))
    expect(new Set(await Promise.all(answers))).toEqual(new Set(['gate 192.0.2.7 4711']))
  })

  it('may come byte by byte', async () => {
    const socket = await arrive(stage(), balancer)
    for (const byte of line.subarray(0, -1)) {
      socket.write(Buffer.from([byte]))
      await nextTurn()
    }
    const request = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'
    const answer = answerOn(socket)
    socket.write(Buffer.concat([line.subarray(-1), Buffer.from(request)]))
    await ended(socket)
    expect(answer()).toMatch(/ 192\.0\.2\.7 4711$/)
  })
})

describe('what the balancer sends instead of a header', () => {
  const nothing = 'what comes is no PROXY header'
  it.each([
    ['TLS', Buffer.from('\x16\x03\x01\x02\0', 'latin1'), nothing],
    ['plain HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n'), nothing],
    [
      'a line that is too long',
      Buffer.from(`PROXY UNKNOWN ${'x'.repeat(100)}`),
      'the line of a PROXY header does not end',
    ],
    ['v2 of 64 KiB', binaryHeader(0x21, 0x11, Buffer.alloc(65_535)), 'a PROXY header is too long'],
  ])('%s ends the connection without an answer', async (_, bytes, fault) => {
    for (const [, stage] of stages) {
      const socket = await arrive(stage(), balancer)
      const answer = answerOn(socket)
      const closed = ended(socket)
      socket.write(bytes)
      await closed
      expect(answer()).toBe('')
    }
    expect(heard).toEqual([`${balancer}: ${fault}`, `${balancer}: ${fault}`])
  })

  it.each([
    ['nothing', 0, 'no PROXY header came in time'],
    ['half of one', 20, 'no PROXY header came in time'],
  ])('%s is waited for until the limit for headers', async (_, length, fault) => {
    const socket = await arrive(impatient, balancer, length === 0 ? [] : [line.subarray(0, length)])
    await ended(socket.resume())
    expect(heard).toEqual([`${balancer}: ${fault}`])
  })

  it('a header that drips ends there as well', async () => {
    const socket = await arrive(impatient, balancer)
    let sent = 0
    const header = binaryHeader(0x21, 0x11, Buffer.alloc(4_000))
    const dripping = setInterval(() => socket.write(header.subarray(sent, ++sent)), impatientMs / 10)
    await ended(socket.resume()).finally(() => clearInterval(dripping))
    expect(heard).toEqual([`${balancer}: no PROXY header came in time`])
  })

  it('half a header, and then the end', async () => {
    const socket = await arrive(secure, balancer, [line.subarray(0, 20)])
    socket.resume().end()
    await ended(socket)
    expect(heard).toEqual([`${balancer}: a PROXY header does not end`])
  })

  it.each([
    ['nothing', []],
    ['a header', [line]],
  ])('%s, and then the end, is a test of the port and nothing to tell', async (_, pieces) => {
    const socket = await arrive(secure, balancer, pieces)
    socket.resume().end()
    await ended(socket)
    expect(heard).toEqual([])
  })
})

describe('somebody who is no balancer', () => {
  it('is served without a header, by the own address', async () => {
    for (const [, stage] of stages)
      expect(await ask(stage(), Buffer.alloc(0), 0, stranger)).toMatch(new RegExp(`^gate ${stranger} \\d+$`))
  })

  it.each([
    ['v1', line],
    ['v2', binary],
  ])('sends a header (%s): it is no request, and the address stays', async (_, bytes) => {
    for (const [, stage] of stages) {
      heard.splice(0)
      const socket = await arrive(stage(), stranger)
      const answer = answerOn(socket)
      socket.write(Buffer.concat([bytes, Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n')]))
      await ended(socket)
      expect(answer()).toMatch(/^HTTP\/1.1 400 /)
      expect(heard).toEqual([`broken 400 ${stranger}`])
    }
  })
})

describe('behind a header', () => {
  it('the requests of one connection have the same peer', async () => {
    const socket = await arrive(open, balancer, [line])
    const answer = answerOn(socket)
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    await ended(socket)
    expect(answer().match(/gate 192\.0\.2\.7 4711/g)).toHaveLength(2)
  })

  it('a second header is no header', async () => {
    const socket = await arrive(open, balancer, [Buffer.concat([line, Buffer.from('PROXY UNKNOWN\r\n\r\n')])])
    await ended(socket.resume())
    expect(heard).toEqual(['broken 400 192.0.2.7'])
  })

  it('plain HTTP on a port with TLS goes where it always goes', async () => {
    const socket = await arrive(secure, balancer, [line])
    const answer = answerOn(socket)
    socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    await ended(socket)
    expect(answer()).toMatch(/without TLS 192\.0\.2\.7 4711$/)
  })

  it('what fails is told of the announced client: a handshake', async () => {
    const socket = await arrive(secure, balancer, [line, Buffer.from('\x16\x03\x01\0\x05hello', 'latin1')])
    await ended(socket.resume())
    expect(heard).toEqual(['no TLS 192.0.2.7'])
  })

  it('what fails is told of the announced client: a request', async () => {
    const socket = connectTls({ socket: await arrive(secure, balancer, [line]), rejectUnauthorized: false })
    await once(socket, 'secureConnect')
    socket.resume().write('no request\r\n\r\n')
    await ended(socket)
    expect(heard).toEqual(['broken 400 192.0.2.7'])
  })

  it('a client that says nothing more is closed in time', async () => {
    const socket = await arrive(impatient, balancer, [line])
    await ended(socket.resume())
    expect(heard).toEqual([])
  })
})

describe('a reload', () => {
  it('that names other balancers holds for the next connection', async () => {
    const before = await arrive(secure, stranger)
    secure.reception.update({ ...secure.serving, isBalancer: address => address === stranger })
    expect(await ask(secure, line, 0, stranger)).toBe('gate 192.0.2.7 4711')
    expect(await ask(secure, Buffer.alloc(0), 0)).toMatch(new RegExp(`^gate ${balancer} `))
    secure.reception.update({ ...secure.serving, isBalancer: null })
    expect(await ask(secure, Buffer.alloc(0), 0, stranger)).toMatch(new RegExp(`^gate ${stranger} `))
    secure.reception.update(secure.serving)
    expect(await ask(secure, line, 0)).toBe('gate 192.0.2.7 4711')
    before.destroy()
  })
})
