/** What we create is accepted by the clients themselves, over TLS, on every name and address that this machine answers to. */
import { execFile, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, request, type Server } from 'node:https'
import { isIPv6 } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCertificates } from '../../src/certificates/create.js'
import { defaultNames } from '../../src/certificates/default-names.js'

const run = promisify(execFile)
const kinds = [
  { algorithm: 'ecdsa', signer: 'itself' },
  { algorithm: 'ecdsa', signer: 'new-authority' },
  { algorithm: 'rsa', signer: 'itself' },
  { algorithm: 'rsa', signer: 'new-authority' },
] as const
const hasIpv6 = Object.values(networkInterfaces()).some(entries => entries?.some(entry => entry.address === '::1'))
const addresses = ['localhost', '127.0.0.1', ...(hasIpv6 ? ['::1'] : [])]

describe.each(kinds)('a certificate: $algorithm, signed by $signer', ({ algorithm, signer }) => {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-clients-'))
  const trustFile = join(folder, 'trust.pem')
  const servers: Server[] = []
  const ports = new Map<string, number>()
  let trust = ''

  beforeAll(async () => {
    const names = defaultNames({ hosts: [], ips: [] })
    const made = await createCertificates({ names, algorithm, days: 365, now: new Date(), signer })
    trust = made.authority?.cert ?? made.cert
    writeFileSync(trustFile, trust)
    for (const host of ['127.0.0.1', ...(hasIpv6 ? ['::1'] : [])]) {
      const server = createServer({ cert: made.cert, key: made.key.reveal() }, (_, response) => {
        response.setHeader('Content-Type', 'application/json')
        response.end('{"name":"team/app","tags":["1.0"]}')
      })
      await new Promise<void>(resolve => server.listen(0, host, resolve))
      servers.push(server)
      const address = server.address()
      if (typeof address === 'object' && address !== null) ports.set(host, address.port)
    }
  })
  afterAll(() => {
    for (const server of servers) server.close().closeAllConnections()
    rmSync(folder, { recursive: true, force: true })
  })

  /** `[::1]:4711` or `localhost:4711` */
  function authority(host: string): string {
    return isIPv6(host) ? `[${host}]:${ports.get('::1')}` : `${host}:${ports.get('127.0.0.1')}`
  }

  it.each(addresses)('is accepted by Node with `ca` on %s', async host => {
    const url = new URL(`https://${authority(host)}/v2/`)
    const status = await new Promise((resolve, reject) => {
      const sent = request(url, { ca: trust, family: isIPv6(host) ? 6 : 4 }, response =>
        resolve(response.resume().statusCode),
      )
      sent.on('error', reject).end()
    })
    expect(status).toBe(200)
  })

  it.skipIf(!installed('curl')).each(addresses)('is accepted by curl --cacert on %s', async host => {
    const args = ['-sS', '-4', '-o', '-', '--cacert', trustFile, `https://${authority(host)}/v2/`]
    const { stdout } = await run('curl', isIPv6(host) ? args.filter(arg => arg !== '-4') : args)
    expect(stdout).toContain('team/app')
  })

  it.skipIf(!installed('curl'))(
    'is refused by curl without the trust, so that the other tests prove something',
    async () => {
      await expect(run('curl', ['-sS', `https://${authority('127.0.0.1')}/v2/`])).rejects.toThrow(/certificate/)
    },
  )

  it.skipIf(!installed('skopeo'))('is accepted by skopeo as ca.crt in a certs.d folder', async () => {
    const certsD = join(folder, 'certs.d')
    mkdirSync(certsD, { recursive: true })
    writeFileSync(join(certsD, 'ca.crt'), trust)
    const image = `docker://${authority('127.0.0.1')}/team/app`
    const { stdout } = await run('skopeo', ['list-tags', '--cert-dir', certsD, image])
    expect(JSON.parse(stdout)).toMatchObject({ Tags: ['1.0'] })
  })
})

function installed(program: string): boolean {
  return spawnSync(program, ['--version']).status === 0
}
