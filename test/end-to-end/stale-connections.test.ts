/** Kept connections that the backend closes just as they are used again: no client gets a 502 for it. */
import type { Socket } from 'node:net'
import { expect, it } from 'vitest'
import { ok } from './parts/faulty-backend.js'
import { authorization, user } from './parts/gate.js'
import { gateBeforeBackend } from './parts/gate-before-backend.js'
import { exchange, request } from './parts/raw-client.js'
import { eventually } from './parts/settle.js'

// With rules, because a manifest is held in memory then.
const stage = gateBeforeBackend({
  yaml: `access:\n  - { who: ${user.name}, repositories: "**", may: [pull, push, overwrite, delete] }\n`,
})

const digest = `sha256:${'0'.repeat(64)}`
const upload = '/v2/team/app/blobs/uploads/5eec2486'

it.each([
  { what: 'a pull', method: 'GET', target: '/v2/team/app/tags/list', body: '' },
  { what: 'the start of an upload', method: 'POST', target: '/v2/team/app/blobs/uploads/', body: '' },
  { what: 'a mount', method: 'POST', target: `/v2/team/app/blobs/uploads/?mount=${digest}&from=team/other`, body: '' },
  { what: 'the end of an upload', method: 'PUT', target: `${upload}?digest=${digest}`, body: '' },
  { what: 'a manifest', method: 'PUT', target: '/v2/team/app/manifests/latest', body: '{}' },
  { what: 'a delete', method: 'DELETE', target: `/v2/team/app/manifests/${digest}`, body: '' },
  { what: 'a part of a layer', method: 'PATCH', target: upload, body: 'layer' },
])('$what is answered by the backend', async ({ method, target, body }) => {
  const head = [`${method} ${target} HTTP/1.1`, 'Host: localhost', `Authorization: ${authorization}`]
  const served = new Set<Socket>()
  let closed = 0
  stage.backend.whenHead = (_, socket) => {
    if (!served.has(socket)) return
    closed++
    socket.resetAndDestroy()
  }
  stage.backend.whenComplete = (received, socket) => {
    served.add(socket)
    // Before a manifest is let through, the gate asks what its tag names.
    socket.write(received.method === 'HEAD' ? 'HTTP/1.1 404 Not Found\r\n\r\n' : ok())
  }
  const get = request(['GET /v2/ HTTP/1.1', 'Host: localhost', `Authorization: ${authorization}`])
  const push = request([...head, `Content-Length: ${body.length}`], body)
  const statuses = new Set<number | undefined>()
  // A connection rests for a while before it is used again.
  await eventually(
    () => `${closed} connections were closed at their second request`,
    async () => {
      for (const bytes of [get, push]) statuses.add((await exchange(stage.gate.port, bytes))[0]?.status)
      return closed >= 6
    },
  )
  expect([...statuses]).toEqual([200])
})
