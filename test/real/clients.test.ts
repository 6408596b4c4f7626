/** Every client takes every step against every gate; what works with nginx must work with Portcullis. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildah } from './clients/buildah.js'
import { type Client, deeds } from './clients/client.js'
import { crane } from './clients/crane.js'
import { ctr } from './clients/ctr.js'
import { docker } from './clients/docker.js'
import { helm } from './clients/helm.js'
import { http } from './clients/http.js'
import { oras } from './clients/oras.js'
import { podman } from './clients/podman.js'
import { regctl } from './clients/regctl.js'
import { skopeo } from './clients/skopeo.js'
import { require } from './parts/availability.js'
import { type GateFiles, makeGateFiles } from './parts/gate-files.js'
import { type Gate, type GateName, gateNames, startGate } from './parts/gates.js'
import { Machine } from './parts/machine.js'

const clients: readonly Client[] = [http, docker, podman, skopeo, buildah, ctr, crane, oras, regctl, helm]

const gates = gateNames.filter(name => require(name === 'nginx' ? 'nginx' : 'portcullis'))
const everyClient = ['root', 'unshare', 'ip', 'openssl', 'htpasswd', 'docker-registry', 'curl'] as const

/** Client and step -> gate -> how it went. Full from the start: a gate that did not even start must show. */
const matrix = new Map<string, Partial<Record<GateName, string>>>()

/** Why the known failures are accepted. */
const reasons = new Set<string>()

function record(client: Client, step: string, gate: GateName, outcome: string): void {
  const row = `${client.name}: ${step}`
  matrix.set(row, { ...matrix.get(row), [gate]: outcome })
}

afterAll(() => {
  if (matrix.size > 0) console.table(Object.fromEntries(matrix))
  for (const reason of reasons) console.log(reason)
})

const here = clients.filter(client => require(...everyClient, ...client.needs))
for (const { name } of clients.filter(client => !here.includes(client))) matrix.set(`${name}: not on this machine`, {})

describe.each(here)('$name', client => {
  let machine: Machine
  let files: GateFiles
  let session: unknown

  beforeAll(async () => {
    machine = await Machine.start()
    files = await makeGateFiles(machine)
    session = await client.open(machine)
  })
  afterAll(() => machine?.stop())

  test('is tried at everything', () => {
    expect(new Set(client.steps.flatMap(step => step.does ?? []))).toEqual(new Set(deeds))
  })

  describe.each(gates)('through %s', name => {
    let gate: Gate
    beforeAll(async () => {
      gate = await startGate(machine, name, files)
    })

    for (const step of client.steps) record(client, step.name, name, 'NOT RUN')

    test.each(client.steps)('$name', async step => {
      const known = step.fails?.[name]
      record(client, step.name, name, 'FAILED')
      if (known === undefined) {
        await step.run(session, gate)
        record(client, step.name, name, 'ok')
      } else {
        await expect(step.run(session, gate), known.because).rejects.toThrow(known.message)
        record(client, step.name, name, 'known failure')
        reasons.add(`${client.name}: ${step.name}: ${known.because}`)
      }
    })
  })
})
