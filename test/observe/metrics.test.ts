/** What is counted, under which names, and how the numbers of several processes become one. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { addUp, remainsOf } from '../../src/observe/add-up.js'
import type { AnsweredRequest } from '../../src/observe/answered-request.js'
import { createMetrics, type Metrics, type Transfer } from '../../src/observe/metrics.js'

const pull: AnsweredRequest = {
  method: 'GET',
  path: '/v2/team/app/blobs/sha256:abc',
  action: 'get-blob',
  repository: 'team/app',
  reference: 'sha256:abc',
  digest: null,
  replaced: null,
  status: 200,
  user: 'alice',
  claimedUser: null,
  address: '192.0.2.7',
  agent: null,
  received: 200,
  bytes: 5_000,
  milliseconds: 40,
  complete: true,
  error: null,
  refusal: null,
  cause: null,
  access: 'on',
}

function answer(metrics: Metrics, change: Partial<AnsweredRequest> = {}): void {
  const request = { ...pull, ...change }
  const transfer: Transfer = { received: () => request.received, sent: () => request.bytes }
  metrics.requestBegan(transfer)
  metrics.requestAnswered(transfer, request)
}

/** The samples of one name, without it. */
async function samples(text: Promise<string>, name: string): Promise<string[]> {
  const lines = (await text).split('\n').filter(line => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
  return lines.map(line => line.slice(name.length).trim())
}
const of = async (metrics: Metrics, name: string) => samples(addUp([await metrics.snapshot()]), name)

describe('a request is counted', () => {
  it('by method, class of the status and what it means', async () => {
    const metrics = createMetrics()
    answer(metrics)
    answer(metrics, { status: 206 })
    answer(metrics, { method: 'PUT', action: 'put-manifest', status: 201 })
    answer(metrics, { action: null, status: 404, user: null })
    answer(metrics, { status: 0, complete: false })
    expect(await of(metrics, 'portcullis_requests_total')).toEqual([
      '{method="GET",status="2xx",action="get-blob"} 2',
      '{method="PUT",status="2xx",action="put-manifest"} 1',
      '{method="GET",status="4xx",action="other"} 1',
      '{method="GET",status="none",action="get-blob"} 1',
    ])
    expect(await of(metrics, 'portcullis_requests_interrupted_total')).toEqual(['1'])
  })

  it('with its time in a histogram', async () => {
    const metrics = createMetrics()
    answer(metrics)
    answer(metrics, { milliseconds: 2_000 })
    const buckets = await of(metrics, 'portcullis_request_duration_seconds_bucket')
    expect(buckets).toContain('{le="0.05",action="get-blob"} 1')
    expect(buckets).toContain('{le="2.5",action="get-blob"} 2')
    expect(buckets).toContain('{le="+Inf",action="get-blob"} 2')
    expect(await of(metrics, 'portcullis_request_duration_seconds_sum')).toEqual(['{action="get-blob"} 2.04'])
  })

  it.each<[string, Partial<AnsweredRequest>, string]>([
    ['a proved user', {}, 'accepted'],
    ['a wrong password', { user: null, error: 'credentials-wrong' }, 'wrong'],
    ['no password', { user: null, error: 'credentials-required' }, 'missing'],
    ['too many passwords at once', { user: null, error: 'busy' }, 'busy'],
    ['an unreadable list of users', { user: null, error: 'users-unavailable' }, 'unavailable'],
  ])('as a login: %s', async (_title, change, outcome) => {
    const metrics = createMetrics()
    answer(metrics, change)
    const counted = (await of(metrics, 'portcullis_logins_total')).filter(line => line.endsWith(' 1'))
    expect(counted).toEqual([`{outcome="${outcome}"} 1`])
  })

  it('as no login where nobody is asked for a password', async () => {
    const metrics = createMetrics()
    answer(metrics, { user: null })
    expect((await of(metrics, 'portcullis_logins_total')).filter(line => !line.endsWith(' 0'))).toEqual([])
  })

  it.each([
    ['backend-unreachable', 'unreachable'],
    ['backend-answer-invalid', 'invalid-answer'],
    ['backend-timeout', 'timeout'],
  ])('as a fault of the backend: %s', async (error, kind) => {
    const metrics = createMetrics()
    answer(metrics, { status: 502, error })
    expect(await of(metrics, 'portcullis_backend_errors_total')).toContain(`{kind="${kind}"} 1`)
  })
})

describe('bytes', () => {
  it('are counted while a transfer is under way, each once', async () => {
    const metrics = createMetrics()
    let received = 100
    const transfer: Transfer = { received: () => received, sent: () => 7 }
    metrics.requestBegan(transfer)
    expect(await of(metrics, 'portcullis_received_bytes_total')).toEqual(['100'])
    expect(await of(metrics, 'portcullis_requests_in_progress')).toEqual(['1'])
    received = 5_000
    expect(await of(metrics, 'portcullis_received_bytes_total')).toEqual(['5000'])
    received = 6_000
    metrics.requestAnswered(transfer, pull)
    expect(await of(metrics, 'portcullis_received_bytes_total')).toEqual(['6000'])
    expect(await of(metrics, 'portcullis_sent_bytes_total')).toEqual(['7'])
    expect(await of(metrics, 'portcullis_requests_in_progress')).toEqual(['0'])
  })
})

describe('what clients choose', () => {
  it('makes no new series', async () => {
    const metrics = createMetrics()
    for (let round = 0; round < 500; round++) {
      const own = `x${round}`
      answer(metrics, { method: own, path: own, repository: own, reference: own, user: own, agent: own, address: own })
    }
    const text = await addUp([await metrics.snapshot()])
    expect(text).toContain('portcullis_requests_total{method="other",status="2xx",action="get-blob"} 500')
    expect(text).not.toMatch(/x\d+/)
  })
})

describe('certificates', () => {
  it('show when they end, and only those in force', async () => {
    const metrics = createMetrics()
    const listener = '0.0.0.0:5000'
    metrics.certificatesInForce([
      { listener, name: 'old.example', validUntil: new Date('2030-01-01T00:00:00Z') },
      { listener, name: 'registry.example', validUntil: new Date('2027-01-01T00:00:00Z') },
    ])
    metrics.certificatesInForce([{ listener, name: 'registry.example', validUntil: new Date('2031-01-01T00:00:00Z') }])
    expect(await of(metrics, 'portcullis_certificate_not_after_timestamp_seconds')).toEqual([
      `{listener="0.0.0.0:5000",name="registry.example"} ${Date.UTC(2031, 0, 1) / 1_000}`,
    ])
  })
})

describe('several processes', () => {
  it('are added up', async () => {
    const [one, two] = [createMetrics(), createMetrics()]
    answer(one)
    answer(two)
    answer(two, { milliseconds: 90 })
    one.watch({ connections: () => 3, passwordsWaiting: () => 1 })
    two.watch({ connections: () => 4, passwordsWaiting: () => 0 })
    const text = addUp(await Promise.all([one.snapshot(), two.snapshot()]))
    expect(await samples(text, 'portcullis_requests_total')).toEqual([
      '{method="GET",status="2xx",action="get-blob"} 3',
    ])
    expect(await samples(text, 'portcullis_request_duration_seconds_count')).toEqual(['{action="get-blob"} 3'])
    expect(await samples(text, 'portcullis_open_connections')).toEqual(['7'])
    expect(await samples(text, 'portcullis_passwords_waiting')).toEqual(['1'])
  })

  it('that have ended leave what they counted, and not what they had', async () => {
    const [ended, running] = [createMetrics(), createMetrics()]
    answer(ended)
    ended.watch({ connections: () => 9, passwordsWaiting: () => 9 })
    answer(running)
    const remains = await remainsOf([await ended.snapshot()])
    const text = addUp([remains, await running.snapshot()])
    expect(await samples(text, 'portcullis_requests_total')).toEqual([
      '{method="GET",status="2xx",action="get-blob"} 2',
    ])
    expect(await samples(text, 'portcullis_open_connections')).toEqual(['0'])
    expect(await samples(text, 'process_resident_memory_bytes')).toHaveLength(1)
  })

  it('say once what they run', async () => {
    const [one, two] = [createMetrics(), createMetrics()]
    one.built('1.2.3')
    two.built('1.2.3')
    const text = addUp(await Promise.all([one.snapshot(), two.snapshot()]))
    expect(await samples(text, 'portcullis_build_info')).toEqual([
      `{version="1.2.3",node="${process.versions.node}"} 1`,
    ])
  })
})

it('every name has its help, its type and the unit that it ends with', async () => {
  const text = await addUp([await createMetrics().snapshot()])
  const types = new Map([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => [name, type]))
  expect(types.size).toBeGreaterThan(20)
  for (const [name, type] of types) {
    expect(text).toMatch(new RegExp(`^# HELP ${name} \\S.*\\.$`, 'm'))
    expect(name.endsWith('_total')).toBe(type === 'counter')
  }
})

it('the documentation names every number', async () => {
  const page = readFileSync(new URL('../../docs/operating.md', import.meta.url), 'utf8')
  const text = await addUp([await createMetrics().snapshot()])
  const names = [...text.matchAll(/^# TYPE (portcullis_\S+)/gm)].map(([, name = '']) => name)
  expect(names.filter(name => !page.includes(`\`${name}\``))).toEqual([])
  const documented = [...page.matchAll(/^\| .*`portcullis_.*$/gm)].flatMap(
    ([row]) => row.match(/portcullis_\w+/g) ?? [],
  )
  expect(documented.filter(name => !names.includes(name))).toEqual([])
})
