/** A balancer before the registry that closes idle connections after 300 ms, and clients that ask just then: no 502. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { require } from './parts/availability.js'
import { startDockerRegistry } from './parts/docker-registry.js'
import { makeGateFiles, user } from './parts/gate-files.js'
import { Machine } from './parts/machine.js'
import { startPortcullis } from './parts/portcullis.js'

const parts = ['root', 'unshare', 'ip', 'openssl', 'htpasswd', 'curl', 'python3', 'haproxy', 'docker-registry'] as const
const here = require(...parts, 'portcullis')

/** 120 times: a GET, a pause about as long as the balancer's, and the start of an upload. Prints the statuses of the uploads. */
const client = `
import base64, http.client, random, ssl, sys, time
port, login = sys.argv[1:]
headers = {'Authorization': 'Basic ' + base64.b64encode(login.encode()).decode()}
sent = http.client.HTTPSConnection('127.0.0.1', int(port), context=ssl._create_unverified_context(), timeout=60)
def ask(method, path):
    sent.request(method, path, headers=headers)
    answer = sent.getresponse()
    answer.read()
    return answer.status
counts = {}
for _ in range(120):
    ask('GET', '/v2/')
    time.sleep(0.3 + random.uniform(-0.004, 0.004))
    status = ask('POST', '/v2/team/app/blobs/uploads/')
    counts[status] = counts.get(status, 0) + 1
print(counts)
`

describe.runIf(here)('before haproxy with timeout http-keep-alive 300ms', () => {
  let machine: Machine
  let port = 0
  beforeAll(async () => {
    machine = await Machine.start()
    const { cert, key, htpasswd } = await makeGateFiles(machine)
    const registry = await startDockerRegistry(machine, 'registry')
    const front = machine.freePort()
    const config = join(machine.folder, 'haproxy.cfg')
    writeFileSync(
      config,
      `defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  timeout http-keep-alive 300ms
listen registry
  bind 127.0.0.1:${front}
  server one 127.0.0.1:${registry.port}
`,
    )
    const haproxy = machine.start('haproxy', ['haproxy', '-f', config, '-db'])
    await haproxy.until(async () => (await machine.run(['curl', '-sf', `http://127.0.0.1:${front}/v2/`])).code === 0)
    const files = ['--cert', cert, '--key', key, '--htpasswd', htpasswd, '--data', machine.makeFolder('data')]
    const flags = ['--listen', '127.0.0.1:0', '--workers', '1', '--backend', `http://127.0.0.1:${front}`, ...files]
    port = (await startPortcullis(machine, 'gate', flags)).port
  })
  afterAll(() => machine.stop())

  it('120 starts of uploads are answered 202', async () => {
    const asked = ['python3', '-c', client, String(port), `${user.name}:${user.password}`] as const
    expect(await machine.succeed(asked, { timeout: 200_000 })).toBe('{202: 120}\n')
  })
})
