/** A real nginx judges and routes as our tables say, wherever they do not name a difference. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, createServer, type IncomingMessage, request, type Server } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fileOf, verdictCases } from '../nginx/verdict-cases.js'
import { compiled, outcomeOf } from '../routes/outcome.js'
import {
  backendAnswer,
  type Layout,
  layoutFile,
  layouts,
  requestHeaders,
  shownInAnswer,
  shownInRequest,
} from '../routes/routing-cases.js'
import { require } from './parts/availability.js'
import { Daemon, run, succeed } from './parts/program.js'

const available = require('nginx', 'openssl')

describe.runIf(available)('nginx -t', () => {
  const folder = mkdtempSync(join(tmpdir(), 'verdicts-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  beforeAll(async () => {
    const subject = ['-subj', '/CN=localhost', '-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')]
    await succeed(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...subject])
  })

  it.each(verdictCases)('$body', async ({ body, accepted, nginxDiffers }) => {
    const file = join(folder, 'nginx.conf')
    writeFileSync(file, fileOf(body, 28_711, 28_712))
    const { code, output } = await run([
      'nginx',
      '-t',
      '-p',
      folder,
      '-c',
      file,
      '-g',
      'error_log stderr; pid nginx.pid;',
    ])
    expect({ accepted: code === 0, output }).toMatchObject({ accepted: nginxDiffers === null ? accepted : !accepted })
  })
})

describe.runIf(available)('nginx beside our routing', () => {
  const folder = mkdtempSync(join(tmpdir(), 'routing-'))
  let backend: Server
  let backendAddress = ''
  beforeAll(async () => {
    backend = createServer((incoming, response) => {
      response.setHeader('X-Target', incoming.url ?? '')
      response.setHeader('X-Got', JSON.stringify(shownInRequest(linesOf(incoming), backendAddress)))
      for (const { name, value } of backendAnswer.headers) response.setHeader(name, value)
      response.writeHead(backendAnswer.status).end()
    })
    const port = await new Promise<number>(resolve => backend.listen(0, '127.0.0.1', () => resolve(portOf(backend))))
    backendAddress = `127.0.0.1:${port}`
  })
  afterAll(() => {
    backend?.close()
    rmSync(folder, { recursive: true })
  })

  /** Every target of the table, asked of every layout. */
  const targets = [...new Set(layouts.flatMap(layout => layout.cases.map(({ target }) => target)))]

  describe.each(layouts)('the layout "$name"', layout => {
    let nginx: RunningNginx
    beforeAll(async () => {
      nginx = await startLayout(folder, layout, backendAddress)
    })
    afterAll(() => nginx?.stop())

    it.each(layout.cases)('$method $target -> $outcome', async ({ method, target, outcome }) => {
      expect(await ask(nginx.port, method, target)).toBe(outcome)
    })

    it(`answers all ${targets.length} targets of the table as we do`, async () => {
      const listener = compiled(layoutFile(layout, nginx.port, backendAddress))
      const ours = targets.map(target => `${target}: ${outcomeOf(listener, 'GET', target, nginx.port)}`)
      const theirs: string[] = []
      for (const target of targets) theirs.push(`${target}: ${await ask(nginx.port, 'GET', target)}`)
      expect(ours).toEqual(theirs)
    })
  })
})

interface RunningNginx {
  readonly port: number
  stop(): Promise<void>
}

async function startLayout(folder: string, layout: Layout, backend: string): Promise<RunningNginx> {
  const port = await freePort()
  const file = join(folder, 'nginx.conf')
  writeFileSync(file, layoutFile(layout, port, backend))
  const settings = 'daemon off; master_process off; error_log stderr; pid nginx.pid;'
  const daemon = Daemon.start(['nginx', '-p', folder, '-c', file, '-g', settings], join(folder, 'nginx.log'))
  await daemon.until(async () => (await ask(port, 'GET', '/').catch(() => null)) !== null)
  return { port, stop: () => daemon.stop() }
}

/** What came out, in the words of the table. */
function ask(port: number, method: string, target: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const agent = new Agent({ keepAlive: false })
    const asked = request(
      { host: '127.0.0.1', port, method, path: target, headers: requestHeaders, agent },
      response => {
        const pieces: Buffer[] = []
        response.on('data', (piece: Buffer) => pieces.push(piece))
        response.on('error', reject)
        response.on('end', () => {
          const status = response.statusCode ?? 0
          const { location } = response.headers
          const reached = response.headers['x-target']
          // nginx makes a path into an address with the port on which it listens.
          const path = location?.replace(new RegExp(`^http://h\\.local:${port}(?=/)`), '')
          const text = Buffer.concat(pieces).toString()
          const plain =
            text === '' || response.headers['content-type'] === 'text/html' ? `${status}` : `${status} ${text}`
          const outcome = path === undefined ? plain : `${status} -> ${path}`
          const passedOn = `backend ${String(reached)}${status === 200 ? '' : ` as ${status}`}`
          const got: string[] = JSON.parse(String(response.headers['x-got'] ?? '[]'))
          resolve([reached === undefined ? outcome : passedOn, ...got, ...shownInAnswer(linesOf(response))].join(' '))
        })
      },
    )
    asked.on('error', reject)
    asked.end()
  })
}

function linesOf({ rawHeaders }: IncomingMessage): { name: string; value: string }[] {
  return rawHeaders.flatMap((name, index) => (index % 2 === 0 ? [{ name, value: rawHeaders[index + 1] ?? '' }] : []))
}

async function freePort(): Promise<number> {
  const server = createTcpServer()
  const port = await new Promise<number>(resolve => server.listen(0, '127.0.0.1', () => resolve(portOf(server))))
  await new Promise(resolve => server.close(resolve))
  return port
}

function portOf(server: { address(): ReturnType<Server['address']> }): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('it does not listen on a port')
  return address.port
}
