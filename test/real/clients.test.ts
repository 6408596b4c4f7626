/** Every client takes every step against every gate; what works with nginx must work with Portcullis. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildah } from './clients/buildah.js'
import type { Client } from './clients/client.js'
import { ctr } from './clients/ctr.js'
import { docker } from './clients/docker.js'
import { http } from './clients/http.js'
import { podman } from './clients/podman.js'
import { skopeo } from './clients/skopeo.js'
import { require } from './parts/availability.js'
import { type GateFiles, makeGateFiles } from './parts/gate-files.js'
import { type Gate, type GateName, startGate } from './parts/gates.js'
import { Machine } from './parts/machine.js'

const clients: readonly Client[] = [http, docker, podman, skopeo, buildah, ctr]

const gates: readonly GateName[] = [
  ...(require('nginx') ? (['nginx'] as const) : []),
  ...(require('portcullis') ? (['embedded', 'backend', 'nginx-conf'] as const) : []),
]
const everyClient = ['root', 'unshare', 'ip', 'openssl', 'htpasswd', 'docker-registry', 'curl'] as const

/** Client and step -> gate -> how it went. Full from the start: a gate that did not even start must show. */
const matrix = new Map<string, Partial<Record<GateName, string>>>()

/** Why the known failures are accepted. */
const reasons: string[] = []

function record(client: Client, step: string, gate: GateName, outcome: string): void {
  const row = `${client.name}: ${step}`
  matrix.set(row, { ...matrix.get(row), [gate]: outcome })
}

afterAll(() => {
  if (matrix.size > 0) console.table(Object.fromEntries(matrix))
  for (const reason of reasons) console.log(reason)
})

describe.each(clients.filter(client => require(...everyClient, ...client.needs)))('$name', client => {
  let machine: Machine
  let files: GateFiles
  let session: unknown

  beforeAll(async () => {
    machine = await Machine.start()
    files = await makeGateFiles(machine)
    session = await client.open(machine)
  })
  afterAll(() => machine?.stop())

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
        reasons.push(`${client.name} through ${name}, ${step.name}: ${known.because}`)
      }
    })
  })
})
