/** Python's http.client, which writes its whole request before it reads, gets the status of every push that is refused early. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { require } from './parts/availability.js'
import { type GateFiles, makeGateFiles, user } from './parts/gate-files.js'
import { type Gate, type GateName, startGate } from './parts/gates.js'
import { Machine } from './parts/machine.js'

const here = require('root', 'unshare', 'ip', 'openssl', 'htpasswd', 'curl', 'python3', 'docker-registry', 'portcullis')

/** Prints the status, or the fault; port, method, path and login come as arguments. */
const client = `
import base64, http.client, ssl, sys
port, method, path, login = sys.argv[1:]
sent = http.client.HTTPSConnection('127.0.0.1', int(port), context=ssl._create_unverified_context(), timeout=60)
try:
    headers = {'Authorization': 'Basic ' + base64.b64encode(login.encode()).decode()}
    sent.request(method, path, body=b'x' * 20_000_000, headers=headers)
    answer = sent.getresponse()
    answer.read()
    print(answer.status)
except Exception as fault:
    print(repr(fault))
`

const upload = '/v2/team/app/blobs/uploads/5eec2486-86ed-4a7f-8a52-3d6b1bd6b5a1?_state=abc'
const right = `${user.name}:${user.password}`
const pushes = [
  { what: 'a wrong password', method: 'PATCH', path: upload, login: `${user.name}:wrong`, status: 401 },
  { what: 'a path of nothing', method: 'PUT', path: '/nothing', login: right, status: 404 },
  { what: 'an unknown upload', method: 'PATCH', path: upload, login: right, status: 404 },
] as const

const gates = ['backend', 'embedded'] as const satisfies readonly GateName[]

describe.runIf(here).each(gates)('before the registry of %s', name => {
  let machine: Machine
  let gate: Gate
  let files: GateFiles
  beforeAll(async () => {
    machine = await Machine.start()
    files = await makeGateFiles(machine)
    gate = await startGate(machine, name, files)
  })
  afterAll(() => machine.stop())

  const push = async (method: string, path: string, login: string) =>
    (await machine.run(['python3', '-c', client, String(gate.port), method, path, login])).stdout.trim()

  it.each(pushes)('$status of 20 MB for $what, five times', async ({ method, path, login, status }) => {
    const statuses = new Set<string>()
    for (let round = 0; round < 5; round++) statuses.add(await push(method, path, login))
    expect([...statuses]).toEqual([String(status)])
  })

  it('the status of the registry for a manifest that is too large, five times', async () => {
    const statuses = new Set<string>()
    for (let round = 0; round < 5; round++) statuses.add(await push('PUT', '/v2/team/app/manifests/latest', right))
    expect([...statuses]).toEqual([name === 'embedded' ? '413' : '400'])
  })
})
