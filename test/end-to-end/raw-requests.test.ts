/** The frozen table of raw requests, test/cases/raw-requests: what each is answered, and what the backend gets to see of it. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { authorization } from './parts/gate.js'
import { gateBeforeBackend } from './parts/gate-before-backend.js'
import { connectRaw, header } from './parts/raw-client.js'

const stage = gateBeforeBackend()

interface Case {
  readonly section: string
  readonly name: string
  readonly bytes: string
  readonly statuses: readonly number[]
  /** `GET /v2/`, `PUT /v2/a/manifests/b 5`: method, target and the length of the body where it matters. */
  readonly forwards: readonly string[]
  readonly mayForward: boolean
  readonly keeps: boolean
}

const headers = (count: number) => Array.from({ length: count }, (_, index) => `X-${index}: y`).join('\r\n')

const unfold: Readonly<Record<string, string>> = {
  alice: authorization,
  ALICE: authorization.replace('Basic', 'BASIC'),
  '64': '0'.repeat(64),
  '40k': 'x'.repeat(40 * 1024),
  '200': headers(200),
  '800': headers(800),
}
const escapes: Readonly<Record<string, string>> = { r: '\r', n: '\n', t: '\t', '\\': '\\' }

const bytesOf = (text: string) =>
  text
    .replace(/\{(\w+)\}/g, (whole, name: string) => unfold[name] ?? whole)
    .replace(/\\(?:x([0-9a-f]{2})|([rnt\\]))/g, (_, hex: string | undefined, letter: string) =>
      hex === undefined ? (escapes[letter] ?? '') : String.fromCharCode(Number.parseInt(hex, 16)),
    )

function readCases(text: string): Case[] {
  let section = ''
  return text.split(/\n\n+/).flatMap(block => {
    const lines = block.trimEnd().split('\n')
    const [name = ''] = lines
    if (name.startsWith('## ')) section = name.slice(3)
    const verdict = lines.find(line => line.startsWith('=> '))?.slice(3)
    if (verdict === undefined || lines.length < 3) return []
    const head = lines
      .filter(line => line.startsWith('|'))
      .map(line =>
        line.endsWith('\\') && !line.endsWith('\\\\') ? bytesOf(line.slice(2, -1)) : `${bytesOf(line.slice(2))}\r\n`,
      )
    const body = lines.find(line => line.startsWith('+ '))?.slice(2) ?? ''
    const [statuses = '', forwards = ''] = verdict.split(/ ?forwards | may forward| keeps/)
    return {
      section,
      name,
      bytes: `${head.join('')}\r\n${bytesOf(body)}`,
      statuses: statuses.split(' ').map(Number),
      forwards: forwards === '' ? [] : forwards.split(' + ').map(bytesOf),
      mayForward: verdict.endsWith(' may forward'),
      keeps: verdict.endsWith(' keeps'),
    }
  })
}

const cases = readCases(readFileSync(new URL('../cases/raw-requests/requests.txt', import.meta.url), 'utf8'))

async function check({ bytes, statuses, forwards, mayForward, keeps }: Case): Promise<void> {
  const client = await connectRaw(stage.gate.port)
  client.send(bytes)
  await client.until(() => client.answers().filter(answer => answer.complete).length >= statuses.length)
  // Nothing behind a malformed request can be trusted to begin where it seems to.
  const said = header(client.answers().at(-1), 'connection')
  if (statuses.at(-1) === 400 && !keeps) expect(said).toBe('close')
  if (said === 'close') await client.ended()
  if (keeps) expect(client.closed).toBe(false)
  client.destroy()
  const answers = client.answers()
  expect(answers.map(answer => answer.status)).toEqual(statuses)
  for (const answer of answers.filter(each => each.status >= 400)) {
    expect(header(answer, 'docker-distribution-api-version')).toBe('registry/2.0')
    expect(answer.headers.get('www-authenticate')).toEqual(
      answer.status === 401 ? ['Basic realm="Portcullis"'] : undefined,
    )
    expect(JSON.parse(answer.body)).toMatchObject({
      errors: [{ code: expect.any(String), message: expect.any(String) }],
    })
  }
  expect(stage.backend.violations).toEqual([])
  const whole = stage.backend.requests.filter(each => each.complete)
  if (mayForward) {
    expect(whole.filter(each => each.method !== 'GET')).toEqual([])
    return
  }
  const seen = whole.map(each => `${each.method} ${each.target} ${Buffer.concat(each.body).length}`)
  expect(seen).toEqual(forwards.map(each => (/ \d+$/.test(each) ? each : `${each} 0`)))
  expect(stage.backend.requests).toHaveLength(forwards.length)
}

describe.each([...new Set(cases.map(each => each.section))])('raw requests: %s', section => {
  it.each(cases.filter(each => each.section === section))('$name -> $statuses', check)
})

describe('the table', () => {
  it('has at least 120 requests', () => expect(cases.length).toBeGreaterThanOrEqual(120))
})
