/** The numbers as Prometheus' own tool judges them, and as Prometheus itself reads them, after real pushes and refusals. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { require } from './parts/availability.js'
import { startDockerRegistry } from './parts/docker-registry.js'
import { makeGateFiles, user } from './parts/gate-files.js'
import { Machine } from './parts/machine.js'
import { startPortcullis } from './parts/portcullis.js'

const here = require('root', 'unshare', 'ip', 'openssl', 'htpasswd', 'curl', 'docker-registry', 'promtool', 'portcullis')

describe.runIf(here)('a scrape', () => {
  let machine: Machine
  let port = 0
  let metricsUrl = ''
  let log = () => ''

  const curl = (...args: readonly string[]) => machine.succeed(['curl', '-sk', ...args])
  const gate = (path: string) => `https://127.0.0.1:${port}${path}`
  const credentials = ['-u', `${user.name}:${user.password}`]

  beforeAll(async () => {
    machine = await Machine.start()
    const { cert, key, htpasswd } = await makeGateFiles(machine)
    const { host, port: backendPort } = await startDockerRegistry(machine, 'registry')
    const started = await startPortcullis(machine, 'gate', [
      ...['--listen', '127.0.0.1:0', '--backend', `http://${host}:${backendPort}`, '--metrics', '127.0.0.1:0'],
      ...['--cert', cert, '--key', key, '--htpasswd', htpasswd, '--data', machine.makeFolder('data')],
    ])
    port = started.port
    log = () => started.daemon.log()
    await started.daemon.until(() => started.daemon.log().includes('metrics at '))
    metricsUrl = /^metrics at (\S+)$/m.exec(started.daemon.log())?.[1] ?? ''

    await curl('-o', '/dev/null', gate('/v2/'))
    await curl('-o', '/dev/null', '-u', `${user.name}:wrong`, gate('/v2/'))
    const index = JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      manifests: [],
    })
    const type = 'Content-Type: application/vnd.oci.image.index.v1+json'
    await curl(...credentials, '-X', 'PUT', '-H', type, '-d', index, gate('/v2/team/app/manifests/1.0'))
    await curl(...credentials, gate('/v2/team/app/manifests/1.0'), '-H', `Accept: ${type.slice(14)}`)
    await curl(...credentials, gate('/v2/_catalog'))
    await curl(gate('/readyz'))
  })
  afterAll(async () => {
    await machine?.stop()
  })

  it('passes promtool without a remark', async () => {
    const text = await curl(metricsUrl)
    expect(text).toContain('portcullis_requests_total{method="PUT",status="2xx",action="put-manifest"} 1')
    const judged = await machine.run(['promtool', 'check', 'metrics'], { input: text })
    expect(judged).toMatchObject({ code: 0, output: '' })
  })

  it('counts a client that does not trust the certificate, and the log says which', async () => {
    expect((await machine.run(['curl', '-s', gate('/v2/')])).code).toBe(60)
    expect(await curl(metricsUrl)).toContain(
      'portcullis_tls_handshake_failures_total{reason="certificate-not-accepted"} 1',
    )
    expect(log()).toMatch(/"address":"127\.0\.0\.1","reason":"certificate-not-accepted"/)
  })

  it('is read by Prometheus, and its example rules are valid and find nothing to complain of', async () => {
    const folder = machine.makeFolder('prometheus')
    const listen = machine.freePort()
    const config = join(folder, 'prometheus.yml')
    writeFileSync(
      config,
      `scrape_configs: [{ job_name: gate, scrape_interval: 1s, static_configs: [{ targets: ["${new URL(metricsUrl).host}"] }] }]\n`,
    )
    const api = `http://127.0.0.1:${listen}/api/v1/query`
    const prometheus = machine.start('prometheus', [
      'prometheus',
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${listen}`,
    ])
    const ask = async (query: string): Promise<string[]> => {
      // While it starts, Prometheus answers 503 in plain words.
      const { stdout } = await machine.run(['curl', '-sfG', api, '--data-urlencode', `query=${query}`])
      if (stdout === '') return []
      const { data }: { data?: { result: { value: [number, string] }[] } } = JSON.parse(stdout)
      return (data?.result ?? []).map(({ value }) => value[1])
    }
    await prometheus.until(async () => (await ask('up{job="gate"}'))[0] === '1')
    expect(await ask('sum(portcullis_logins_total{outcome="wrong"})')).toEqual(['1'])
    expect(await ask('portcullis_certificate_not_after_timestamp_seconds - time() < 86400 * 14')).toEqual([])
    expect(
      await ask('histogram_quantile(0.9, sum by (le) (portcullis_request_duration_seconds_bucket)) > 0'),
    ).toHaveLength(1)
    expect(await ask('count({__name__=~"portcullis_.+"}) < 300')).toHaveLength(1)
  })
})
