/** The page for browsers: what it names, what it never says, and that nothing of the request gets into it unchecked. */
import { createHash } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { findAnchor, type TrustAnchor } from '../../../src/certificates/anchor.js'
import { createCertificates } from '../../../src/certificates/create.js'
import { certificateAnswer, welcomeAnswer } from '../../../src/gateway/answerers/page.js'
import type { RequestView } from '../../../src/routes/model.js'

const names = { hosts: ['registry.local'], addresses: [] }
const request = { names, algorithm: 'ecdsa', days: 90, now: new Date('2026-11-21T12:00:00Z') } as const

let own: TrustAnchor | null
let authority: TrustAnchor | null
beforeAll(async () => {
  own = findAnchor((await createCertificates({ ...request, signer: 'itself' })).cert, null)
  authority = findAnchor((await createCertificates({ ...request, signer: 'new-authority' })).cert, null)
})

function view(host: string | undefined, method = 'GET'): RequestView {
  return {
    method,
    target: '/',
    httpVersion: '1.1',
    scheme: 'https',
    headers: host === undefined ? {} : { host },
    remoteAddress: '192.0.2.1',
    remotePort: 40000,
    serverAddress: '192.0.2.2',
    serverPort: 5000,
    tlsProtocol: 'TLSv1.3',
  }
}
const bodyFor = (host: string | undefined) => welcomeAnswer(view(host), own).body

describe('the commands on the page are for the address that the browser used', () => {
  it.each([
    ['registry.local:5000', 'registry.local:5000'],
    ['Registry.Example.com', 'registry.example.com'],
    ['registry.example.com:443', 'registry.example.com'],
    ['192.168.1.5:5001', '192.168.1.5:5001'],
    ['[fd00::1]:5000', '[fd00::1]:5000'],
    [undefined, 'registry.local:5000'],
    ['', 'registry.local:5000'],
    ['a"><script>alert(1)</script>', 'registry.local:5000'],
    ['a;reboot', 'registry.local:5000'],
    ['$(reboot):5000', 'registry.local:5000'],
    ['..:5000', 'registry.local:5000'],
    ['a/../../b', 'registry.local:5000'],
    ['*.example.com', 'registry.local:5000'],
    ['a:99999', 'registry.local:5000'],
    ['a:5000:5000', 'registry.local:5000'],
  ])('Host %j -> %s', (host, name) => {
    const body = bodyFor(host)
    expect(body).toContain(`<h1>${name}</h1>`)
    expect(body).toContain(`<code>docker login ${name}</code>`)
    const path = `/etc/docker/certs.d/${name}/ca.crt`
    const word = name.startsWith('[') ? `&#39;${path}&#39;` : path
    expect(body).toContain(`<code>sudo install -D -m 644 portcullis-ca.crt ${word}</code>`)
    expect(body).not.toMatch(/<script|reboot|\.\.\//)
  })
})

it('every client has its section', () => {
  const titles = [...bodyFor('registry.local:5000').matchAll(/<summary>(.*)<\/summary>/g)].map(match => match[1])
  expect(titles.join('\n')).toMatch(
    /Docker on Linux.*rootless.*macOS: Docker Desktop.*Windows: Docker Desktop.*Podman.*containerd.*k3s.*BuildKit.*Linux as a whole/s,
  )
})

it('the fingerprint is whole', () => {
  expect(bodyFor('a').replace('<wbr>', '')).toContain(`<code>${own?.fingerprint256}</code>`)
})

it('says what a renewal means', () => {
  expect(welcomeAnswer(view('a'), own).body).toContain('the new one has to be installed again')
  expect(welcomeAnswer(view('a'), authority).body).toContain('stays the same when the registry renews')
})

it('offers no download where another authority has signed', () => {
  const { body } = welcomeAnswer(view('a'), null)
  expect(body).toContain('<code>docker login a</code>')
  expect(body).not.toMatch(/ca\.pem|fingerprint/)
})

it('loads and runs nothing: no script, nothing from elsewhere, and the only style is the one that the policy names', () => {
  const { body, headers } = welcomeAnswer(view('registry.local:5000'), own)
  const sent = new Map(headers.map(({ name, value }) => [name, value]))
  const styles = [...body.matchAll(/<style>([\s\S]*?)<\/style>/g)].map(match => match[1] ?? '')
  const digest = createHash('sha256').update(styles.join('')).digest('base64')
  expect(styles).toHaveLength(1)
  expect(sent.get('Content-Security-Policy')).toContain(
    `default-src 'none'; style-src 'sha256-${digest}'; img-src data:;`,
  )
  expect(sent.get('X-Content-Type-Options')).toBe('nosniff')
  expect(body).not.toMatch(/<script|<iframe|<img|<form| style=| on\w+=|url\(|@import/)
  expect([...body.matchAll(/(?:href|src)="([^"]*)"/g)].map(match => match[1]?.slice(0, 19))).toEqual([
    'data:image/svg+xml,',
    '/portcullis/ca.pem',
  ])
})

it('the download is the certificate alone, under a name that Windows and Debian accept', () => {
  const { body, headers } = certificateAnswer(view('a'), authority)
  expect(body).toBe(authority?.pem)
  expect(body.match(/-----BEGIN /g)).toHaveLength(1)
  expect(headers).toContainEqual({ name: 'Content-Type', value: 'application/x-pem-file' })
  expect(headers).toContainEqual({ name: 'Content-Disposition', value: 'attachment; filename="portcullis-ca.crt"' })
})

it('is for GET and HEAD; without a certificate there is no download', () => {
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
    for (const answer of [welcomeAnswer, certificateAnswer]) {
      expect(() => answer(view('a', method), own)).toThrow(expect.objectContaining({ status: 405 }))
    }
  }
  expect(welcomeAnswer(view('a', 'HEAD'), own).status).toBe(200)
  expect(() => certificateAnswer(view('a'), null)).toThrow(expect.objectContaining({ status: 404 }))
})
