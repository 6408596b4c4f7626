/** What is said where an address cannot be opened, on every platform. */
import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { formatProblem, ProblemsFound } from '../../src/errors/problem.js'
import { listenProblem, tryAddress } from '../../src/server/listen-problem.js'

interface Case {
  readonly title: string
  readonly code: string
  readonly platform: NodeJS.Platform
  readonly host: string
  readonly port: number
  readonly where: string
  readonly expected: readonly string[]
}

const cases: readonly Case[] = [
  {
    title: 'port 5000 on macOS is the one of AirPlay',
    code: 'EADDRINUSE',
    platform: 'darwin',
    host: '0.0.0.0',
    port: 5000,
    where: 'the default address',
    expected: [
      'error: the default address: port 5000 is in use: macOS gives it to the AirPlay Receiver',
      'hint:  turn that off under System Settings, General, AirDrop & Handoff, or take another port: --listen 5001',
    ],
  },
  {
    title: 'another port on macOS is not',
    code: 'EADDRINUSE',
    platform: 'darwin',
    host: '127.0.0.1',
    port: 5001,
    where: '--listen',
    expected: [
      'error: --listen: 127.0.0.1:5001 is in use by another program',
      'hint:  find it with: lsof -nP -iTCP:5001 -sTCP:LISTEN, or take another port: --listen 5002',
    ],
  },
  {
    title: 'port 5000 on Linux is somebody else’s',
    code: 'EADDRINUSE',
    platform: 'linux',
    host: '0.0.0.0',
    port: 5000,
    where: 'the default address',
    expected: [
      'error: the default address: 0.0.0.0:5000 is in use by another program',
      "hint:  find it with: ss -ltnp 'sport = :5000', or take another port: --listen 5001",
    ],
  },
  {
    title: 'a Unix socket that is there already',
    code: 'EADDRINUSE',
    platform: 'linux',
    host: 'unix:/run/gate.sock',
    port: 0,
    where: 'nginx.conf:2',
    expected: [
      'error: nginx.conf:2: /run/gate.sock exists already: another program listens on it, or was killed and left it behind',
      'hint:  if nobody does: rm /run/gate.sock',
    ],
  },
  {
    title: 'behind the highest port comes none',
    code: 'EADDRINUSE',
    platform: 'win32',
    host: '0.0.0.0',
    port: 65_535,
    where: 'PORTCULLIS_LISTEN',
    expected: [
      'error: PORTCULLIS_LISTEN: 0.0.0.0:65535 is in use by another program',
      'hint:  take another port: --listen 5000',
    ],
  },
  {
    title: 'a flag cannot help beside an nginx.conf',
    code: 'EADDRINUSE',
    platform: 'darwin',
    host: '0.0.0.0',
    port: 5000,
    where: 'nginx.conf:3',
    expected: [
      'error: nginx.conf:3: port 5000 is in use: macOS gives it to the AirPlay Receiver',
      'hint:  turn that off under System Settings, General, AirDrop & Handoff, or write another address there',
    ],
  },
  {
    title: 'a privileged port needs privileges',
    code: 'EACCES',
    platform: 'linux',
    host: '0.0.0.0',
    port: 443,
    where: '--listen',
    expected: ['error: --listen: this user may not open port 443', 'hint:  take a port above 1023: --listen 5000'],
  },
  {
    title: 'an address of another machine',
    code: 'EADDRNOTAVAIL',
    platform: 'linux',
    host: '192.0.2.77',
    port: 5000,
    where: '--listen',
    expected: [
      'error: --listen: 192.0.2.77 is no address of this machine',
      'hint:  listen on all addresses: --listen 5000',
    ],
  },
  {
    title: 'IPv6 where there is none',
    code: 'EAFNOSUPPORT',
    platform: 'linux',
    host: '::',
    port: 5000,
    where: 'portcullis.yaml:1',
    expected: [
      'error: portcullis.yaml:1: [::]:5000 is an IPv6 address, and this machine has no IPv6',
      'hint:  write another address there',
    ],
  },
]

describe('an address that cannot be opened', () => {
  it.each(cases)('$title', ({ code, platform, host, port, where, expected }) => {
    const error = Object.assign(new Error(code), { code })
    expect(formatProblem(listenProblem(error, { host, port, where }, platform)).split('\n')).toEqual(expected)
  })

  it('is told with what the system said where that is not known here', () => {
    const error = Object.assign(new Error('listen EMFILE: too many open files'), { code: 'EMFILE' })
    const problem = listenProblem(error, { host: '::1', port: 5000, where: '--listen' }, 'linux')
    expect(problem.message).toBe('cannot listen on [::1]:5000: listen EMFILE: too many open files')
  })
})

describe('a look whether an address can be opened', () => {
  it('finds one that is taken, and leaves one that is free', async () => {
    const taken = createServer()
    await new Promise<void>(resolve => {
      taken.listen(0, '127.0.0.1', resolve)
    })
    const address = taken.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const look = () => tryAddress({ host: '127.0.0.1', port, where: '--listen' })
    await expect(look()).rejects.toBeInstanceOf(ProblemsFound)
    await new Promise(resolve => {
      taken.close(resolve)
    })
    await look()
    await look()
  })
})
