/** Files under a folder, and nothing outside of it. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, request, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RequestError } from '../../../src/errors/request-error.js'
import { serveFile } from '../../../src/gateway/answerers/files.js'

const folder = mkdtempSync(join(tmpdir(), 'files-'))
const root = join(folder, 'root')
let server: Server

beforeAll(async () => {
  mkdirSync(join(root, 'sub'), { recursive: true })
  mkdirSync(join(root, 'bare'))
  writeFileSync(join(folder, 'secret'), 'secret')
  writeFileSync(join(root, 'index.html'), '<p>home')
  writeFileSync(join(root, 'sub/index.html'), '<p>sub')
  writeFileSync(join(root, 'a b.txt'), 'text')
  writeFileSync(join(root, 'über.bin'), 'bytes')
  writeFileSync(join(root, 'empty.txt'), '')
  symlinkSync('a b.txt', join(root, 'inside'))
  symlinkSync('../secret', join(root, 'outside'))
  symlinkSync('..', join(root, 'up'))
  server = createServer((incoming, response) => {
    const asked = new URL(incoming.url ?? '', 'http://h')
    response.statusCode = Number(asked.searchParams.get('status') ?? '200')
    const uri = Buffer.from(decodeURIComponent(asked.pathname)).toString('latin1')
    serveFile(incoming, response, root, asked.searchParams.get('uri') ?? uri, ['index.html']).catch(error => {
      response.statusCode = error instanceof RequestError ? error.status : 500
      response.end()
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
})
afterAll(() => {
  server.close()
  rmSync(folder, { recursive: true })
})

function ask(path: string, method = 'GET'): Promise<{ status: number; type: string; text: string; location: string }> {
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  return new Promise((resolve, reject) => {
    const asked = request({ port, path, method, agent: false }, (response: IncomingMessage) => {
      let text = ''
      response.setEncoding('utf8').on('data', piece => {
        text += piece
      })
      response.on('end', () => {
        const { 'content-type': type = '', location = '' } = response.headers
        resolve({ status: response.statusCode ?? 0, type, text, location })
      })
    })
    asked.on('error', reject).end()
  })
}

describe('a file under the folder', () => {
  it.each([
    ['/', 200, 'text/html; charset=utf-8', '<p>home'],
    ['/sub/', 200, 'text/html; charset=utf-8', '<p>sub'],
    ['/a%20b.txt', 200, 'text/plain; charset=utf-8', 'text'],
    ['/%C3%BCber.bin', 200, 'application/octet-stream', 'bytes'],
    ['/empty.txt', 200, 'text/plain; charset=utf-8', ''],
    ['/inside', 200, 'text/plain; charset=utf-8', 'text'],
  ])('%s is sent', async (path, status, type, text) => {
    expect(await ask(path)).toEqual({ status, type, text, location: '' })
  })

  it('is described to HEAD', async () => {
    expect(await ask('/a%20b.txt', 'HEAD')).toMatchObject({ status: 200, text: '' })
  })

  it('keeps the status of an error, for every method', async () => {
    expect(await ask('/a%20b.txt?status=502', 'PUT')).toMatchObject({ status: 502, text: 'text' })
  })

  it('is redirected to from its folder without a slash', async () => {
    expect(await ask('/sub')).toMatchObject({ status: 301, location: '/sub/' })
  })
})

describe('nothing else', () => {
  it.each([
    ['/none', 'GET', 404],
    ['/bare/', 'GET', 404],
    ['/outside', 'GET', 403],
    ['/up/secret', 'GET', 403],
    ['/?uri=/../secret', 'GET', 403],
    ['/?uri=/../root', 'GET', 403],
    ['/a%20b.txt/', 'GET', 404],
    ['/a%20b.txt', 'POST', 405],
    ['/a%20b.txt', 'DELETE', 405],
  ])('%s by %s gives %i', async (path, method, status) => {
    expect(await ask(path, method)).toMatchObject({ status, text: '' })
  })
})
