/** nginx-compat.conf gives the same answers in nginx and in Portcullis, also where no registry is asked. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { require } from './parts/availability.js'
import { type CurlOptions, curl } from './parts/curl.js'
import { makeGateFiles } from './parts/gate-files.js'
import { type Gate, type GateName, startGate } from './parts/gates.js'
import { Machine } from './parts/machine.js'

/** What is asked, and the status; `location` where the answer leads elsewhere, PORT standing for the gate's. */
const cases: readonly (readonly [
  path: string,
  options: CurlOptions,
  expected: { status: number; location?: string },
])[] = [
  ['/v2/', {}, { status: 200 }],
  ['/v2/', { user: null }, { status: 401 }],
  ['/v2/', { headers: { 'User-Agent': 'docker/1.5.0 go/go1.3' } }, { status: 404 }],
  ['/v2/', { headers: { 'User-Agent': 'Go 1.1 package http' } }, { status: 404 }],
  ['/v2/', { headers: { 'User-Agent': 'docker/1.13.0 go/go1.7' } }, { status: 200 }],
  ['/v2/', { headers: { 'User-Agent': 'Go-http-client/1.1' } }, { status: 200 }],
  ['/v2/none/tags/list', {}, { status: 404 }],
  ['/', {}, { status: 404 }],
  ['/', { user: null }, { status: 404 }],
  ['/metrics', { user: null }, { status: 404 }],
  ['/v1/_ping', { user: null }, { status: 404 }],
  ['/', { user: null, plain: true }, { status: 308, location: 'https://registry.local:PORT/' }],
  ['/v2/a?b=%2F', { user: null, plain: true }, { status: 308, location: 'https://registry.local:PORT/v2/a?b=%2F' }],
]

const gates: readonly GateName[] = require('portcullis') ? ['nginx', 'nginx-conf'] : ['nginx']

const available = require('root', 'unshare', 'ip', 'openssl', 'htpasswd', 'docker-registry', 'curl', 'nginx')

describe.runIf(available)('nginx-compat.conf', () => {
  let machine: Machine
  beforeAll(async () => {
    machine = await Machine.start()
  })
  afterAll(() => machine?.stop())

  describe.each(gates)('in %s', name => {
    let gate: Gate
    beforeAll(async () => {
      gate = await startGate(machine, name, await makeGateFiles(machine))
    })

    test.each(cases)('%s %o -> %o', async (path, options, expected) => {
      const { status, headers } = await curl(machine, gate, path, options)
      const location = headers.get('location')?.[0]?.replace(String(gate.port), 'PORT')
      expect(location === undefined ? { status } : { status, location }).toEqual(expected)
    })

    test('every answer of /v2/ has the API version once, also 401 and 202', async () => {
      const answers = [
        await curl(machine, gate, '/v2/', { user: null }),
        await curl(machine, gate, '/v2/'),
        await curl(machine, gate, '/v2/a/blobs/uploads/', { method: 'POST', body: '' }),
        await curl(machine, gate, '/v2/none/tags/list'),
      ]
      expect(answers.map(answer => [answer.status, answer.headers.get('docker-distribution-api-version')])).toEqual([
        [401, ['registry/2.0']],
        [200, ['registry/2.0']],
        [202, ['registry/2.0']],
        [404, ['registry/2.0']],
      ])
    })
  })
})
