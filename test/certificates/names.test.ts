/** Which names a certificate gets, and which ones a person cannot have. */
import { describe, expect, it } from 'vitest'
import { defaultNames } from '../../src/certificates/default-names.js'
import { certificateNames } from '../../src/certificates/names.js'
import { ProblemsFound } from '../../src/errors/problem.js'

const machine = {
  hostName: 'Build-Box.',
  addresses: ['192.168.1.5', 'fd00:0:0:0:0:0:0:2', '127.0.0.1', 'fe80::1%eth0'],
}

describe('the names of a certificate', () => {
  it('are what a person wants, then the usual ones and the machine itself, each once', () => {
    const names = certificateNames({ hosts: ['registry.example.com', 'LOCALHOST'], ips: ['10.0.0.1', '::1'] }, machine)
    expect(names.hosts).toEqual([
      'registry.example.com',
      'localhost',
      'registry.local',
      'build-box',
      'host.docker.internal',
    ])
    expect(names.addresses).toEqual(['10.0.0.1', '::1', '127.0.0.1', '192.168.1.5', 'fd00::2'])
  })

  it('leave out a machine name that cannot stand in a certificate', () => {
    const names = certificateNames({ hosts: [], ips: [] }, { hostName: "Tea's laptop", addresses: [] })
    expect(names.hosts).toEqual(['registry.local', 'localhost', 'host.docker.internal'])
  })

  it('hold no address of one link only, whatever this machine has', () => {
    const { hosts, addresses } = defaultNames({ hosts: [], ips: [] })
    expect(hosts).toContain('registry.local')
    expect(addresses).toContain('127.0.0.1')
    expect(addresses.filter(address => /^(fe[89ab]|169\.254\.)|%/.test(address))).toEqual([])
  })
})

describe('--host', () => {
  const accepted = [
    ['Registry.Example.COM', 'registry.example.com'],
    ['registry.example.com.', 'registry.example.com'],
    ['*.example.com', '*.example.com'],
    ['registry_backend', 'registry_backend'],
    ['bücher.example', 'xn--bcher-kva.example'],
    [' box ', 'box'],
    ['192.168.7.7', '192.168.7.7'],
    ['[FD00:0::7]', 'fd00::7'],
  ]
  it.each(accepted)('%j becomes %s', (value, name) => {
    const names = certificateNames({ hosts: [value], ips: [] }, { hostName: '', addresses: [] })
    expect([names.hosts[0], names.addresses[0]]).toContain(name)
  })

  const refused = [
    ['registry.local:5000', 'has a port'],
    ['https://registry.local', 'is a URL'],
    ['registry.local/v2', 'is neither a host name nor an address'],
    ['a,CN=b', 'is neither a host name nor an address'],
    ['-a', 'is neither a host name nor an address'],
    ['a..b', 'is neither a host name nor an address'],
    ['a.*.b', 'is neither a host name nor an address'],
    ['', 'is neither a host name nor an address'],
    ['300.1.1.1', 'is neither a host name nor an address'],
    [`${'a'.repeat(64)}.example`, 'is neither a host name nor an address'],
    [`${'a.'.repeat(130)}example`, 'is neither a host name nor an address'],
    ['fe80::1%eth0', 'is an address with a zone'],
  ]
  it.each(refused)('%j %s', (value, reason) => {
    expect(problemsOf({ hosts: [value], ips: [] })).toEqual([`--host: "${value}" ${reason}`])
  })
})

describe('--ip', () => {
  it.each(['localhost', '1.2.3', '1.2.3.4/24', ''])('refuses %j', value => {
    expect(problemsOf({ hosts: [], ips: [value] })).toEqual([`--ip: "${value}" is not an IP address`])
  })

  it('is refused together with every other mistake', () => {
    expect(problemsOf({ hosts: ['a b', 'ok', 'c d'], ips: ['x'] })).toHaveLength(3)
  })
})

function problemsOf(wanted: { hosts: string[]; ips: string[] }): string[] {
  try {
    certificateNames(wanted, machine)
    return []
  } catch (error) {
    if (!(error instanceof ProblemsFound)) throw error
    return error.problems.map(problem => `${problem.where}: ${problem.message}`)
  }
}
