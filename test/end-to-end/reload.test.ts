/** What SIGHUP and changed files do to a gate that is pushed to and pulled from all the time: everything or nothing, and no request is lost. */
import { X509Certificate } from 'node:crypto'
import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import bcrypt from 'bcryptjs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createInFolder } from '../../src/certificates/create-in-folder.js'
import { freePorts } from './parts/free-ports.js'
import { authorization, basic, type Gate, startGate } from './parts/gate.js'
import { type Load, outcomeTable, send, startLoad } from './parts/load.js'
import { eventually } from './parts/settle.js'
import { shownCertificates } from './parts/shown-certificate.js'

let gate: Gate
let load: Load
const certFile = () => join(gate.folder, 'certs/cert.pem')
const keyFile = () => join(gate.folder, 'certs/key.pem')
const yamlFile = () => join(gate.folder, 'portcullis.yaml')
const usersFile = () => join(gate.folder, 'htpasswd')

const renew = () =>
  createInFolder({
    folder: join(gate.folder, 'certs'),
    names: { hosts: ['localhost'], addresses: ['127.0.0.1'] },
    algorithm: 'ecdsa',
    days: 2,
    authority: false,
    force: true,
    now: new Date(),
  })
const ownPrint = () => new X509Certificate(readFileSync(certFile())).fingerprint256

const lines = (message: string) => gate.log().split(`"msg":"${message}`).length - 1
const inForce = 'the configuration was reloaded and is in force'
const refused = 'the new configuration cannot be used'
const certificateRefused = 'a certificate changed and cannot be used'

/** Sends SIGHUP, and waits until one more line than before says what came of it. */
async function reload(message: string): Promise<void> {
  const before = lines(message)
  process.kill(gate.pid, 'SIGHUP')
  await eventually(
    () => `no line "${message}" in:\n${gate.log().slice(-2_000)}`,
    () => lines(message) > before,
  )
}

beforeAll(async () => {
  gate = await startGate('embedded', { flags: ['--workers', '2'] })
  load = await startLoad({ port: gate.port, authorization, pullers: 2, pushers: 2, blobBytes: 64 * 1024 })
})
afterAll(() => gate.stop())

describe('under constant pushes and pulls', () => {
  it('a new certificate is shown by every worker after SIGHUP', async () => {
    await renew()
    await reload(inForce)
    expect(await shownCertificates(gate.port, 8)).toEqual([ownPrint()])
  })

  it('a new certificate is seen without a signal', async () => {
    const before = lines('a certificate changed and is in force')
    await renew()
    await eventually(
      () => 'the certificate is not in force',
      () => lines('a certificate changed and is in force') > before,
    )
    expect(await shownCertificates(gate.port, 8)).toEqual([ownPrint()])
  })

  it('a certificate that is half written is told once, by SIGHUP as well, and the one before stays', async () => {
    const whole = readFileSync(certFile())
    const print = ownPrint()
    writeFileSync(certFile(), whole.subarray(0, 300))
    await eventually(
      () => 'nothing is told',
      () => lines(certificateRefused) === 1,
    )
    await reload(refused)
    expect(lines(certificateRefused)).toBe(1)
    expect(gate.log()).toContain(certFile())
    expect(await shownCertificates(gate.port, 8)).toEqual([print])
    writeFileSync(certFile(), whole)
    await reload(inForce)
  })

  it('a key of another certificate is told, and the pair before stays', async () => {
    const [cert, key, print] = [readFileSync(certFile()), readFileSync(keyFile()), ownPrint()]
    await renew()
    writeFileSync(certFile(), cert)
    await reload(refused)
    expect(await shownCertificates(gate.port, 4)).toEqual([print])
    writeFileSync(keyFile(), key)
    await reload(inForce)
  })

  it('a broken configuration changes nothing, and is named with its line', async () => {
    writeFileSync(yamlFile(), 'drain: 60\ntrusted_proxies: [10.0.0.0/8\n')
    await reload(refused)
    expect(gate.log()).toContain('portcullis.yaml:3')
    writeFileSync(yamlFile(), 'drain: -1\n')
    await reload(refused)
    expect(gate.log()).toContain('portcullis.yaml:1')
    rmSync(yamlFile())
    await reload(inForce)
  })

  it('an option that takes a restart changes nothing, and is named with its line', async () => {
    writeFileSync(yamlFile(), 'drain: 60\ndata: elsewhere\nlog: { level: warn }\nmetrics: 127.0.0.1:9100\n')
    await reload(refused)
    for (const [line, key] of [
      [2, 'data'],
      [3, 'log.level'],
      [4, 'metrics'],
    ])
      expect(gate.log()).toContain(
        `"where":"portcullis.yaml:${line}","message":"${key} cannot change while the gate runs"`,
      )
    rmSync(yamlFile())
    await reload(inForce)
  })

  it('users come and go by the file alone', async () => {
    const users = readFileSync(usersFile(), 'utf8')
    const login = { port: gate.port, authorization: basic('bob', 'pass-phrase-of-bob') }
    expect((await send(login, 'GET', '/v2/')).status).toBe(401)
    appendFileSync(usersFile(), `bob:${bcrypt.hashSync('pass-phrase-of-bob', 4)}\n`)
    await eventually(
      () => 'bob is not seen',
      () => gate.log().includes('"count":2,"added":1,"removed":0,"changed":0,"msg":"users read"'),
    )
    for (let time = 0; time < 4; time++) expect((await send(login, 'GET', '/v2/')).status).toBe(200)
    writeFileSync(usersFile(), users)
    await eventually(
      () => 'bob is still there',
      () => gate.log().includes('"count":1,"added":0,"removed":1,"changed":0,"msg":"users read"'),
    )
    for (let time = 0; time < 4; time++) expect((await send(login, 'GET', '/v2/')).status).toBe(401)
  })

  it('SIGHUP while users are being written waits for the rest of them', async () => {
    const alone = readFileSync(usersFile(), 'utf8')
    const both = `${alone}bob:${bcrypt.hashSync('pass-phrase-of-bob', 4)}\n`
    writeFileSync(usersFile(), both)
    await reload(inForce)
    const halved = () => gate.log().split('has a hash that is not a complete bcrypt').length - 1
    // Any of them may be held up by what else this machine does.
    let kept = false
    for (let time = 0; time < 3 && !kept; time++) {
      const before = halved()
      const reloads = lines(inForce)
      writeFileSync(usersFile(), both.slice(0, -20))
      process.kill(gate.pid, 'SIGHUP')
      await delay(100)
      writeFileSync(usersFile(), both)
      await eventually(
        () => 'no reload',
        () => lines(inForce) > reloads,
      )
      kept = halved() === before
    }
    expect(kept).toBe(true)
    writeFileSync(usersFile(), alone)
    await reload(inForce)
  })

  it('SIGHUP 20 times in a row is done one after the other, and the last one counts', async () => {
    await renew()
    const before = lines(inForce)
    for (let time = 0; time < 20; time++) process.kill(gate.pid, 'SIGHUP')
    await eventually(
      () => 'no reload',
      () => lines(inForce) > before,
    )
    expect(lines(refused)).toBe(5)
    expect(await shownCertificates(gate.port, 8)).toEqual([ownPrint()])
  })

  it('and no request was lost', async () => {
    await load.stop()
    console.log(`requests during all reloads:\n${outcomeTable(load)}`)
    expect(load.lost).toEqual([])
    expect(load.done).toBeGreaterThan(100)
    for (const secret of ['pass-phrase', 'PRIVATE KEY', '$2']) expect(gate.log()).not.toContain(secret)
  })
})

describe('rules', () => {
  it.each<[string, (file: string) => void]>([
    ['vanishes', file => rmSync(file)],
    ['is empty, because somebody is writing it', file => writeFileSync(file, '')],
    ['has lost everything but a comment', file => writeFileSync(file, '# portcullis\n')],
  ])('stay in force where their file %s', async (_, spoil) => {
    const yaml = 'access: [{ who: bob, repositories: "**", may: [pull] }]\n'
    const strict = await startGate('embedded', { yaml })
    try {
      const list = () => send({ port: strict.port, authorization }, 'GET', '/v2/team/app/tags/list')
      expect((await list()).status).toBe(403)
      const file = join(strict.folder, 'portcullis.yaml')
      spoil(file)
      process.kill(strict.pid, 'SIGHUP')
      await eventually(
        () => strict.log(),
        () => strict.log().includes(refused),
      )
      expect(strict.log()).toContain('"where":"portcullis.yaml","message":"is gone or empty')
      expect((await list()).status).toBe(403)
    } finally {
      await strict.stop()
    }
  })
})

describe('another address', () => {
  it('is opened by SIGHUP, the one before is closed, and a transfer on it ends', async () => {
    const [first = 0, second = 0] = await freePorts(2)
    const moving = await startGate('embedded', { listen: null, yaml: `listen: 127.0.0.1:${first}\n` })
    try {
      const pushing = await startLoad({ port: first, authorization, pullers: 0, pushers: 1 })
      writeFileSync(join(moving.folder, 'portcullis.yaml'), `listen: 127.0.0.1:${second}\n`)
      const ended = pushing.stop()
      process.kill(moving.pid, 'SIGHUP')
      await eventually(
        () => moving.log(),
        () => moving.log().includes(`"opened":["https://127.0.0.1:${second}"],"closed":["https://127.0.0.1:${first}"]`),
      )
      await ended
      expect(pushing.lost).toEqual([])
      expect((await send({ port: second, authorization }, 'GET', '/v2/')).status).toBe(200)
      await expect(send({ port: first, authorization }, 'GET', '/v2/')).rejects.toThrow('ECONNREFUSED')
    } finally {
      await moving.stop()
    }
  })

  it('that another program has changes nothing', async () => {
    const [first = 0] = await freePorts(1)
    const other = createServer()
    await new Promise<void>(resolve => other.listen(0, '127.0.0.1', resolve))
    const address = other.address()
    const taken = typeof address === 'object' && address !== null ? address.port : 0
    const moving = await startGate('embedded', { listen: null, yaml: `listen: 127.0.0.1:${first}\n` })
    try {
      writeFileSync(join(moving.folder, 'portcullis.yaml'), `listen: 127.0.0.1:${taken}\n`)
      process.kill(moving.pid, 'SIGHUP')
      await eventually(
        () => moving.log(),
        () => moving.log().includes(`127.0.0.1:${taken} is in use by another program`),
      )
      expect((await send({ port: first, authorization }, 'GET', '/v2/')).status).toBe(200)
    } finally {
      await moving.stop()
      other.close()
    }
  })
})
