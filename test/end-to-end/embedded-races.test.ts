/** The embedded registry through two workers while several clients push and delete the same tag: each answer is a right one. */
import { createHash } from 'node:crypto'
import { Agent, request as httpsRequest } from 'node:https'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { authorization, type Gate, startGate } from './parts/gate.js'

const type = 'application/vnd.oci.image.index.v1+json'
const texts = ['one', 'two', 'three'].map(name =>
  JSON.stringify({ schemaVersion: 2, mediaType: type, manifests: [], annotations: { name } }),
)
const digestOf = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`

let gate: Gate
/** One connection for each client: they go to both workers by turns. */
let agents: readonly Agent[] = []
beforeAll(async () => {
  gate = await startGate('embedded', { flags: ['--workers', '2'] })
  agents = Array.from({ length: 8 }, () => new Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false }))
})
afterAll(async () => {
  for (const agent of agents) agent.destroy()
  await gate?.stop()
})

function send(client: number, method: string, path: string, body = ''): Promise<{ status: number; body: string }> {
  const headers = { authorization, 'Content-Type': type, 'Content-Length': body.length }
  const target = { host: '127.0.0.1', port: gate.port, path: `/v2/raced/app/${path}` }
  return new Promise((resolve, reject) => {
    const request = httpsRequest({ ...target, method, headers, agent: agents[client] })
    request.on('error', reject)
    request.on('response', response => {
      const chunks: Buffer[] = []
      response.on('data', chunk => chunks.push(chunk))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }))
    })
    request.end(body)
  })
}

const rounds = 300

interface Race {
  readonly push: (text: string) => readonly [method: string, path: string]
  readonly remove: (text: string) => string
  readonly read: (text: string) => string
}

const byTag: Race = {
  push: () => ['PUT', 'manifests/raced'],
  remove: () => 'manifests/raced',
  read: () => 'manifests/raced',
}
const races: readonly (readonly [string, Race])[] = [
  ['a tag, and a delete of the tag', byTag],
  ['a tag, and a delete of the manifest', { ...byTag, remove: text => `manifests/${digestOf(text)}` }],
  [
    'a blob, and a delete of the blob',
    {
      push: text => ['POST', `blobs/uploads/?digest=${digestOf(text)}`],
      remove: text => `blobs/${digestOf(text)}`,
      read: text => `blobs/${digestOf(text)}`,
    },
  ],
]

it.each(races)('201, 202 or 404, never 500: a push of %s', async (_, { push, remove, read }) => {
  const counts = new Map<string, number>()
  const wrong: string[] = []
  const client = async (index: number) => {
    for (let round = 0; round < rounds; round++) {
      const text = texts[(round + index) % texts.length] ?? ''
      const [method, path] = index < 4 ? push(text) : index < 7 ? ['DELETE', remove(text)] : ['GET', read(text)]
      const { status, body } = await send(index, method, path, index < 4 ? text : '')
      counts.set(`${method} ${status}`, (counts.get(`${method} ${status}`) ?? 0) + 1)
      const allowed = index < 4 ? [201] : index < 7 ? [202, 404] : [200, 404]
      if (!allowed.includes(status)) wrong.push(`${method} ${path} ${status} ${body}`)
      if (method === 'GET' && status === 200 && !texts.includes(body)) wrong.push(`GET ${body}`)
    }
  }
  await Promise.all(agents.map((_agent, index) => client(index)))
  process.stdout.write(`${JSON.stringify(Object.fromEntries(counts))}\n`)
  expect(wrong.slice(0, 3)).toEqual([])
  const errors = gate
    .log()
    .split('\n')
    .filter(line => line.includes('"level":"error"'))
  expect(errors.slice(0, 3)).toEqual([])
  const [text = ''] = texts
  expect((await send(0, ...push(text), text)).status).toBe(201)
  expect((await send(1, 'GET', read(text))).body).toBe(text)
})
