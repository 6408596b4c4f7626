/** Whose request it is behind a trusted proxy, in whatever form the proxy writes the client's address. */
import { describe, expect, it } from 'vitest'
import { authorization, basic, user } from './parts/gate.js'
import { gateBeforeBackend } from './parts/gate-before-backend.js'
import { exchange, request } from './parts/raw-client.js'
import { eventually } from './parts/settle.js'

const stage = gateBeforeBackend({ flags: ['--workers', '1'], yaml: 'trusted_proxies: [127.0.0.1, 10.0.0.0/8]\n' })

async function ask(path: string, forwardedFor: readonly string[], credentials = authorization) {
  const lines = forwardedFor.map(value => `X-Forwarded-For: ${value}`)
  const head = [`GET ${path} HTTP/1.1`, 'Host: localhost', `Authorization: ${credentials}`, ...lines]
  return (await exchange(stage.gate.port, request(head)))[0]?.status
}

describe('the client behind a trusted proxy, for the log and for the backend', () => {
  it.each([
    [['203.0.113.7'], '203.0.113.7'],
    [['203.0.113.7:54321'], '203.0.113.7'],
    [['[2001:db8::1]:54321'], '2001:db8::1'],
    [['[2001:DB8::1]'], '2001:db8::1'],
    [['"[2001:db8::1]:54321"'], '2001:db8::1'],
    [['::ffff:203.0.113.9'], '203.0.113.9'],
    [['192.0.2.1, 203.0.113.7:1, 10.1.1.1:80'], '203.0.113.7'],
    [['203.0.113.7:1', '10.1.1.1:80'], '203.0.113.7'],
    [['203.0.113.7,,'], '203.0.113.7'],
    [['203.0.113.7, unknown'], '127.0.0.1'],
    [['203.0.113.7, _hidden, 10.1.1.1:80'], '10.1.1.1'],
  ])('X-Forwarded-For: %j', async (lines, address) => {
    const path = `/v2/${address.replace(/[.:]+/g, '-')}-${Math.random().toString(36).slice(2)}/tags/list`
    expect(await ask(path, lines)).toBe(200)
    const seen = stage.backend.requests.at(-1)
    expect([seen?.header('x-forwarded-for'), seen?.header('x-real-ip')]).toEqual([address, address])
    const line = () =>
      stage.gate
        .log()
        .split('\n')
        .find(text => text.includes(path))
    await eventually(
      () => stage.gate.log(),
      () => line() !== undefined,
    )
    expect(JSON.parse(line() ?? '')).toMatchObject({ address })
  })

  it('a header of nothing but commas says nothing', async () => {
    expect(await ask('/v2/commas/tags/list', [','.repeat(30_000)])).toBe(200)
    expect(stage.backend.requests.at(-1)?.header('x-real-ip')).toBe('127.0.0.1')
  })

  it('one who guesses from many ports locks himself out, and nobody else behind the proxy', async () => {
    const path = '/v2/guessed/tags/list'
    for (let guess = 0; guess < 10; guess++)
      expect(await ask(path, [`203.0.113.66:${40_000 + guess}`], basic(user.name, `guess ${guess}`))).toBe(401)
    const another = basic(user.name, 'another wrong one')
    expect(await ask(path, ['203.0.113.66:50000'], another)).toBe(429)
    expect(await ask(path, ['203.0.113.67:50000'], another)).toBe(401)
    expect(await ask(path, ['203.0.113.68:50000'])).toBe(200)
  })
})
