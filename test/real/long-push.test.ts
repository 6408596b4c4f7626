/**
 * Pushes in pieces that last longer than their tokens, to a real registry. The client is a script that never renews a token in the middle
 * of a layer, as real ones do not.
 */
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { require } from './parts/availability.js'
import { type Answer, type Asked, curl, header } from './parts/curl.js'
import { startDockerRegistry } from './parts/docker-registry.js'
import { makeGateFiles, user } from './parts/gate-files.js'
import { Machine, registryName } from './parts/machine.js'
import { startPortcullis } from './parts/portcullis.js'

const here = require('root', 'unshare', 'ip', 'openssl', 'htpasswd', 'curl', 'docker-registry', 'portcullis')
/** Seconds; the least that the gate takes. */
const lifetime = 60
/** How many are sent while the first tokens live. */
const pieces = 6
/** Milliseconds: a second, and another one for a machine that is busy. */
const atOnce = 2_000
const manifestType = 'application/vnd.oci.image.manifest.v1+json'
const digest = (content: string) => `sha256:${createHash('sha256').update(content).digest('hex')}`

describe.runIf(here)('a push in pieces', () => {
  let machine: Machine
  let gate: Asked
  /** Begun with tokens that have come to their end since. */
  let long: Push
  let old: Push
  /** Begun with a token that is still good. */
  let young: Push

  /** One layer on its way, with the token that it began with. */
  class Push {
    content = ''
    private constructor(
      readonly name: string,
      readonly token: string,
      private location: string,
    ) {}

    static async begin(name: string): Promise<Push> {
      const token = await tokenOf(name)
      const answer = await as(token, 'POST', `/v2/long/${name}/blobs/uploads/`, '')
      expect(answer.status).toBe(202)
      return new Push(name, token, header(answer, 'location'))
    }

    /** Milliseconds since 1970, with the minute that clocks may differ by. */
    get tokenEnds(): number {
      const [, claims = ''] = this.token.split('.')
      return JSON.parse(Buffer.from(claims, 'base64url').toString()).exp * 1_000 + 60_000
    }

    async send(): Promise<Answer> {
      const piece = `${this.content.length} `.repeat(100_000)
      const answer = await as(this.token, 'PATCH', this.location, piece)
      if (answer.status === 202) {
        this.content += piece
        this.location = header(answer, 'location')
      }
      return answer
    }

    finish(): Promise<Answer> {
      const separator = this.location.includes('?') ? '&' : '?'
      return as(this.token, 'PUT', `${this.location}${separator}digest=${digest(this.content)}`, '')
    }
  }

  function as(token: string, method: string, path: string, body?: string, type = 'application/octet-stream') {
    const headers = { Authorization: `Bearer ${token}`, 'Content-Type': type }
    return curl(machine, gate, path, { method, user: null, headers, ...(body === undefined ? {} : { body }) })
  }

  async function tokenOf(name: string): Promise<string> {
    const query = `service=portcullis&scope=repository:long/${name}:pull,push`
    const answer = await curl(machine, gate, `/auth/token?${query}`, { user: `${name}:${user.password}` })
    const { token, expires_in: seconds } = JSON.parse(answer.body)
    expect(seconds).toBe(lifetime)
    return token
  }

  beforeAll(async () => {
    machine = await Machine.start()
    const files = await makeGateFiles(machine)
    for (const name of ['old', 'young']) {
      await machine.succeed(['htpasswd', '-Bb', files.htpasswd, name, user.password])
    }
    const registry = await startDockerRegistry(machine, 'registry')
    const settings = join(machine.folder, 'portcullis.yaml')
    writeFileSync(settings, `token: { lifetime: ${lifetime} }\n`)
    const backend = ['--backend', `http://${registry.host}:${registry.port}`, '--data', machine.makeFolder('data')]
    const tls = ['--cert', files.cert, '--key', files.key, '--htpasswd', files.htpasswd]
    const where = ['--listen', '0.0.0.0:0', '--host', registryName, '--workers', '2']
    const { port } = await startPortcullis(machine, 'gate', ['--config', settings, ...where, ...backend, ...tls])
    gate = { named: `${registryName}:${port}`, files, user }

    // The clock is real: an upload has to go on until its token is old, which is the longest wait of these suites.
    const pushes = [await Push.begin(user.name), await Push.begin('old')] as const
    const [first, last] = pushes
    const pause = (last.tokenEnds - Date.now()) / pieces
    for (let piece = 0; piece < pieces; piece += 1) {
      for (const push of pushes) expect((await push.send()).status).toBe(202)
      await delay(pause)
    }
    await delay(Math.max(0, last.tokenEnds - Date.now()))
    long = first
    old = last
    young = await Push.begin('young')
  })
  afterAll(() => machine?.stop())

  it('goes on when its token has come to its end, which counts nowhere else any more', async () => {
    const elsewhere = await as(long.token, 'GET', `/v2/long/${long.name}/tags/list`)
    expect([elsewhere.status, header(elsewhere, 'www-authenticate')]).toEqual([
      401,
      expect.stringContaining('error="invalid_token"'),
    ])
    expect((await long.send()).status).toBe(202)
    expect((await long.finish()).status).toBe(201)

    const token = await tokenOf(long.name)
    const descriptor = (mediaType: string, content: string) => ({
      mediaType,
      digest: digest(content),
      size: content.length,
    })
    const manifest = JSON.stringify({
      schemaVersion: 2,
      mediaType: manifestType,
      config: descriptor('application/vnd.oci.image.config.v1+json', long.content),
      layers: [],
    })
    const path = `/v2/long/${long.name}/manifests/1`
    expect((await as(token, 'PUT', path, manifest, manifestType)).status).toBe(201)
    const blob = await as(token, 'GET', `/v2/long/${long.name}/blobs/${digest(long.content)}`)
    expect(digest(blob.body)).toBe(digest(long.content))
  })

  it.each([
    ['old', () => old],
    ['new', () => young],
  ])('is refused at once when its user is removed in its middle, be the token %s', async (_, whose) => {
    const push = whose()
    expect((await push.send()).status).toBe(202)
    await machine.succeed(['htpasswd', '-D', gate.files.htpasswd, push.name])
    const gone = Date.now()
    let asked = gone
    while ((await push.send()).status !== 401) {
      asked = Date.now()
      expect(asked - gone).toBeLessThan(atOnce)
    }
    console.log(`${push.name}: still taken ${asked - gone} ms after the user was removed, then refused`)
    expect((await push.finish()).status).toBe(401)
  })
})
