/** The gate behind haproxy in HTTP mode, which ends TLS itself: what goes wrong when it speaks plain HTTP on, and what is right. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePorts } from '../end-to-end/parts/free-ports.js'
import { type Gate, startGate, user } from '../end-to-end/parts/gate.js'
import { eventually } from '../end-to-end/parts/settle.js'
import { require } from './parts/availability.js'
import { run } from './parts/program.js'
import { createService, type Service } from './two-gates/service.js'

const here = require('portcullis', 'haproxy', 'curl')

/** A frontend with TLS that asks a backend with this one server. */
const site = (name: string, port: number, pem: string, server: string) => `
frontend ${name}
  bind 127.0.0.1:${port} ssl crt ${pem}
  http-request set-header X-Forwarded-Proto https
  option forwardfor
  default_backend ${name}
backend ${name}
  server gate ${server}
`

describe.runIf(here)('behind haproxy that ends TLS', () => {
  let folder: string
  let gate: Gate
  let haproxy: Service
  const ports = { plain: 0, right: 0, second: 0 }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'portcullis-haproxy-'))
    gate = await startGate('embedded', {
      flags: ['--workers', '1', '--log-level', 'debug'],
      yaml: 'trusted_proxies: [127.0.0.0/8]\n',
    })
    const pem = join(folder, 'site.pem')
    const certs = join(gate.folder, 'certs')
    writeFileSync(pem, ['cert.pem', 'key.pem'].map(name => readFileSync(join(certs, name), 'utf8')).join('\n'))
    ;[ports.plain = 0, ports.right = 0, ports.second = 0] = await freePorts(3)
    const verified = `ssl verify required ca-file ${join(certs, 'cert.pem')}`
    const file = join(folder, 'haproxy.cfg')
    writeFileSync(
      file,
      `
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
${site('plain', ports.plain, pem, `127.0.0.1:${gate.port}`)}
${site('right', ports.right, pem, `127.0.0.1:${gate.port} ${verified}`)}
${site('second', ports.second, pem, `127.0.0.1:${ports.plain} ${verified}`)}
`,
    )
    haproxy = createService(['haproxy', '-f', file], ports.right, join(folder, 'haproxy.log'))
    await haproxy.start()
  })
  afterAll(async () => {
    await haproxy?.stop()
    await gate?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const curl = (port: number) =>
    run(['curl', '-skL', '-i', '-u', `${user.name}:${user.password}`, `https://localhost:${port}/v2/`])

  it('200 where it speaks https to the gate, and the log names the client', async () => {
    const { stdout } = await curl(ports.right)
    expect(stdout).toMatch(/^HTTP\/2 200|^HTTP\/1\.1 200/)
    await eventually(
      () => gate.log(),
      () => gate.log().includes('"path":"/v2/","status":200,"address":"127.0.0.1"'),
    )
  })

  it('up by each of its health checks, also by those that ask with OPTIONS', async () => {
    const checks = ['', '/healthz', '/readyz', 'GET /healthz', 'HEAD /readyz']
    const file = join(folder, 'checks.cfg')
    const [port = 0] = await freePorts(1)
    const checked = checks.map(
      (check, index) => `
backend check-${index}
  option httpchk ${check}
  server gate 127.0.0.1:${gate.port} ssl verify none check inter 300ms rise 1 fall 1`,
    )
    writeFileSync(
      file,
      `
global
  log stdout format raw local0
defaults
  mode http
  log global
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  timeout check 20s
frontend idle
  bind 127.0.0.1:${port}
${checked.join('')}
`,
    )
    const checker = createService(['haproxy', '-f', file], port, join(folder, 'checks.log'))
    await checker.start()
    try {
      const asked = (line: string) => gate.log().split(`${line},"status":2`).length - 1
      const options = '"method":"OPTIONS","path":'
      await eventually(
        () => `${gate.log()}${checker.log()}`,
        () => ['/', '/healthz', '/readyz'].every(path => asked(`${options}"${path}"`) >= 3),
      )
      // A slow answer may be one that came too late, and is not what this is about.
      expect(checker.log()).not.toContain('wrong status')
    } finally {
      await checker.stop()
    }
  })

  it.each([
    ['one proxy', 'plain'],
    ['a proxy behind another', 'second'],
  ] as const)('400 with the cause, and no redirect, where it speaks plain HTTP: %s', async (_, name) => {
    const { stdout } = await curl(ports[name])
    expect(stdout).toMatch(/^HTTP\/(?:2|1\.1) 400/)
    expect(stdout).toContain('the proxy has to speak https to the gate')
    expect(stdout).not.toContain('308')
    expect(gate.log()).not.toContain('"status":308')
    await eventually(
      () => gate.log(),
      () => gate.log().includes('a proxy speaks plain HTTP to a port that speaks TLS'),
    )
  })
})
