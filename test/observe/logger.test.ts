/** What a log line looks like, for machines and for people. */
import { describe, expect, it } from 'vitest'
import { Secret } from '../../src/errors/secret.js'
import { createEvents } from '../../src/observe/create-events.js'
import type { Events } from '../../src/observe/events.js'
import { createLogger } from '../../src/observe/logger.js'

function written(
  options: { format: 'json' | 'pretty'; level?: string; colour?: boolean },
  happen: (events: Events) => void,
) {
  const lines: string[] = []
  const output = { write: (text: string) => lines.push(text) }
  const { format, level = 'info', colour = false } = options
  happen(createEvents(createLogger({ format, level, colour, output })))
  return lines.join('')
}

const request = {
  method: 'GET',
  path: '/v2/team/app/manifests/1.0',
  status: 200,
  action: 'get-manifest',
  repository: 'team/app',
  reference: '1.0',
  digest: null,
  replaced: null,
  user: 'alice',
  claimedUser: null,
  address: '192.0.2.7',
  agent: 'docker/27.0',
  received: 240,
  bytes: 812,
  milliseconds: 3.1,
  complete: true,
  error: null,
  refusal: null,
  cause: null,
  access: 'on',
} as const
const transfer = { received: () => 240, sent: () => 812 }

/** Without the time of day. */
const timeless = (text: string) => text.replace(/^\d\d:\d\d:\d\d /gm, '')

describe('a line for people', () => {
  it.each<[string, (events: Events) => void, string]>([
    [
      'says who asked for what, and how it ended',
      events => events.requestAnswered(transfer, request),
      'info  request method=GET path=/v2/team/app/manifests/1.0 status=200 address=192.0.2.7 received=240 bytes=812 milliseconds=3.1 user=alice action=get-manifest repository=team/app reference=1.0 agent=docker/27.0\n',
    ],
    [
      'names what kept the request from a whole answer',
      events =>
        events.requestAnswered(transfer, {
          ...request,
          user: null,
          complete: false,
          error: 'backend-timeout',
          cause: 'no byte came',
        }),
      'info  request method=GET path=/v2/team/app/manifests/1.0 status=200 address=192.0.2.7 received=240 bytes=812 milliseconds=3.1 action=get-manifest repository=team/app reference=1.0 agent=docker/27.0 complete=false error=backend-timeout cause="no byte came"\n',
    ],
    [
      'begins with the place of a mistake',
      events => events.noticed({ where: 'auth/htpasswd:3', message: 'user "bob" has no password', hint: 'give one' }),
      'warn  auth/htpasswd:3: user "bob" has no password hint="give one"\n',
    ],
    [
      'keeps a path with line breaks on one line',
      events => events.requestAnswered(transfer, { ...request, user: null, path: '/v2/\ninfo  request user=admin' }),
      'info  request method=GET path="/v2/\\ninfo  request user=admin" status=200 address=192.0.2.7 received=240 bytes=812 milliseconds=3.1 action=get-manifest repository=team/app reference=1.0 agent=docker/27.0\n',
    ],
    ['names the signal', events => events.stopping('SIGTERM'), 'info  stopping signal=SIGTERM\n'],
  ])('%s', (_title, happen, line) => {
    expect(timeless(written({ format: 'pretty' }, happen))).toBe(line)
  })

  it('is coloured only where it is told to be', () => {
    const stop = (events: Events) => events.stopping('SIGTERM')
    expect(written({ format: 'pretty', colour: true }, stop)).toContain('\u001b[36minfo \u001b[0m')
    expect(written({ format: 'pretty', colour: false }, stop)).not.toContain('\u001b')
  })
})

describe('a line for machines', () => {
  it('is one JSON object with an ISO time and the level as a word', () => {
    const line = JSON.parse(written({ format: 'json' }, events => events.requestAnswered(transfer, request)))
    expect(line).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      msg: 'request',
      method: 'GET',
      path: '/v2/team/app/manifests/1.0',
      action: 'get-manifest',
      repository: 'team/app',
      reference: '1.0',
      status: 200,
      user: 'alice',
      address: '192.0.2.7',
      agent: 'docker/27.0',
      received: 240,
      bytes: 812,
      milliseconds: 3.1,
    })
  })

  it('never has colours', () => {
    expect(written({ format: 'json', colour: true }, events => events.stopping('SIGINT'))).not.toContain('\u001b')
  })
})

describe('the level', () => {
  const both = (events: Events) => {
    events.stopping('SIGTERM')
    events.noticed({ where: 'nginx.conf:3', message: 'has no effect' })
  }
  it.each([
    ['info', ['info', 'warn']],
    ['warn', ['warn']],
    ['error', []],
    ['silent', []],
  ])('%s lets through %j', (level, expected) => {
    const lines = written({ format: 'json', level }, both)
      .split('\n')
      .filter(line => line !== '')
    expect(lines.map(line => JSON.parse(line).level)).toEqual(expected)
  })
})

it.each(['json', 'pretty'] as const)('what a client sends cannot move the cursor of a terminal (%s)', format => {
  const agent = 'a\u009b2J\u007f\u0085\u001b[2J\nb\u00e9'
  const text = written({ format }, events => events.requestAnswered(transfer, { ...request, agent }))
  expect(text).toContain(String.raw`"a\u009b2J\u007f\u0085\u001b[2J\nbé"`)
})

it('a secret that gets into a log line by mistake is not readable there', () => {
  const lines: string[] = []
  const log = createLogger({
    format: 'json',
    level: 'info',
    colour: false,
    output: { write: text => lines.push(text) },
  })
  log.info({ password: new Secret('correct horse') }, 'a mistake')
  expect(lines.join('')).toContain('"password":"***"')
})
