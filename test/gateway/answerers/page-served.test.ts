/** The page and the certificate are served without a password, and everything behind them still asks for one. */

import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type FaultyBackend, startFaultyBackend } from '../../end-to-end/parts/faulty-backend.js'
import { type Gate, startGate } from '../../end-to-end/parts/gate.js'

let backend: FaultyBackend
let gate: Gate
beforeAll(async () => {
  backend = await startFaultyBackend()
  gate = await startGate(backend.url)
})
afterAll(async () => {
  await gate?.stop()
  await backend?.close()
})

async function ask(path: string, method = 'GET') {
  const ca = readFileSync(join(gate.folder, 'certs/cert.pem'))
  const sent = request({ host: 'localhost', port: gate.port, method, path, ca, agent: false }).end()
  const response = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
    sent.once('response', resolve).once('error', reject)
  })
  return { status: response.statusCode, headers: response.headers, body: await text(response) }
}

it('GET / is the page, for the port that was asked', async () => {
  const { status, headers, body } = await ask('/')
  expect(status).toBe(200)
  expect(headers['content-type']).toBe('text/html; charset=utf-8')
  expect(headers['content-length']).toBe(String(Buffer.byteLength(body)))
  expect(body).toContain(`<h1>localhost:${gate.port}</h1>`)
  expect(await ask('/?from=somewhere')).toMatchObject({ status: 200, body })
  expect(await ask('/', 'HEAD')).toMatchObject({ status: 200, body: '' })
})

it('GET /portcullis/ca.pem is the certificate', async () => {
  const { status, headers, body } = await ask('/portcullis/ca.pem')
  expect(status).toBe(200)
  expect(headers['content-disposition']).toMatch(/^attachment;/)
  expect(body).toBe(readFileSync(join(gate.folder, 'certs/cert.pem'), 'utf8'))
})

it.each([
  ['POST', '/', 405],
  ['GET', '/v2/', 401],
  ['GET', '/v2', 401],
  ['GET', '/index.html', 404],
  ['GET', '/portcullis/', 404],
  ['GET', '/portcullis/key.pem', 404],
  ['GET', '/portcullis/ca.pem/', 404],
  ['GET', '/favicon.ico', 404],
])('%s %s -> %i', async (method, path, status) => {
  expect(await ask(path, method)).toMatchObject({ status })
})

it('nothing of all this reaches the backend', () => {
  expect(backend.requests).toEqual([])
})
