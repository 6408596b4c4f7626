/** What clients send to the token endpoint, as they send it, and what is refused. */
import { describe, expect, test } from 'vitest'
import { scopeText } from '../../src/token/scope.js'
import type { TokenRequest } from '../../src/token/token-request.js'
import { parseTokenForm, parseTokenQuery, readTokenForm } from '../../src/token/token-request.js'

const form = 'application/x-www-form-urlencoded'

/** In one line: who, service, client, scopes, whether an identity token is wanted. */
function tell({ proof, service, client, scopes, offline }: TokenRequest): string {
  const who = { header: () => 'header', password: tellPassword, identity: tellIdentity }[proof.kind](proof)
  return [who, service ?? '-', client || '-', scopeText(scopes) || '-', offline ? 'offline' : 'online'].join(' | ')
}
const tellPassword = (proof: TokenRequest['proof']) =>
  proof.kind === 'password' ? `password ${proof.user} ${proof.password.reveal()}` : ''
const tellIdentity = (proof: TokenRequest['proof']) =>
  proof.kind === 'identity' ? `identity ${proof.token.reveal()}` : ''

describe('a GET', () => {
  test.each([
    [
      'docker login',
      'account=tea&client_id=docker&offline_token=true&service=portcullis',
      'header | portcullis | docker | - | offline',
    ],
    [
      'docker pull',
      'account=tea&scope=repository%3Ateam%2Fapp%3Apull&service=portcullis',
      'header | portcullis | - | repository:team/app:pull | online',
    ],
    [
      'podman push',
      'account=tea&scope=repository%3Aa%3Apull%2Cpush&scope=repository%3Ab%3Apull&service=portcullis',
      'header | portcullis | - | repository:a:pull,push repository:b:pull | online',
    ],
    [
      'crane, with the scope of the challenge as it is',
      'scope=repository%3Aa%3Apush%2Cpull+repository%3Ab%3Apull&service=portcullis',
      'header | portcullis | - | repository:a:push,pull repository:b:pull | online',
    ],
    ['offline_token=false', 'offline_token=false', 'header | - | - | - | online'],
    ['nothing', '', 'header | - | - | - | online'],
    [
      'a password in the query, which is not read',
      'grant_type=password&username=tea&password=x',
      'header | - | - | - | online',
    ],
    ['a client that calls itself something terrible', 'client_id=%1b%5b2Ja%0Ab', 'header | - | [2Jab | - | online'],
  ])('%s', (_, query, told) => {
    expect(tell(parseTokenQuery(query))).toBe(told)
  })

  test.each(['service', 'client_id', 'account', 'offline_token'])('%s twice is refused', name => {
    expect(() => parseTokenQuery(`${name}=a&x=y&${name}=a`)).toThrow(`${name} is given more than once`)
  })
})

describe('a POST', () => {
  test.each([
    [
      'containerd with a password',
      form,
      'client_id=containerd-client&grant_type=password&password=s%26e+c%3Dret&scope=repository%3Aa%3Apull&service=portcullis&username=tea',
      'password tea s&e c=ret | portcullis | containerd-client | repository:a:pull | online',
    ],
    [
      'nerdctl login',
      form,
      'access_type=offline&client_id=x&grant_type=password&password=secret&username=tea',
      'password tea secret | - | x | - | offline',
    ],
    [
      'docker with an identity token',
      form,
      'client_id=docker&grant_type=refresh_token&refresh_token=id.secret&scope=repository%3Aa%3Apush%2Cpull&service=portcullis',
      'identity id.secret | portcullis | docker | repository:a:push,pull | online',
    ],
    [
      'skopeo, which repeats scope',
      form,
      'grant_type=refresh_token&refresh_token=id.secret&scope=repository%3Aa%3Apull&scope=repository%3Ab%3Apull',
      'identity id.secret | - | - | repository:a:pull repository:b:pull | online',
    ],
    [
      'a content type with a charset',
      `${form}; charset=utf-8`,
      'grant_type=password&password=p&username=%C3%A4',
      'password ä p | - | - | - | online',
    ],
    [
      'a content type in other letters',
      ' Application/X-WWW-Form-Urlencoded ',
      'grant_type=password&password=p&username=a',
      'password a p | - | - | - | online',
    ],
  ])('%s', (_, type, body, told) => {
    expect(tell(parseTokenForm(type, body))).toBe(told)
  })

  test.each([
    [
      'no content type',
      undefined,
      'grant_type=password&username=a&password=b',
      'must be application/x-www-form-urlencoded',
    ],
    ['JSON', 'application/json', '{"grant_type":"password"}', 'must be application/x-www-form-urlencoded'],
    [
      'multipart',
      `multipart/form-data; boundary=${form}`,
      'grant_type=password',
      'must be application/x-www-form-urlencoded',
    ],
    ['an empty body', form, '', 'grant_type must be'],
    ['another grant', form, 'grant_type=client_credentials', 'grant_type must be'],
    ['__proto__ as grant', form, 'grant_type=__proto__', 'grant_type must be'],
    ['no user', form, 'grant_type=password&password=b', 'username is missing'],
    ['no password', form, 'grant_type=password&username=a', 'password is missing'],
    ['an empty password', form, 'grant_type=password&username=a&password=', 'password is missing'],
    ['no identity token', form, 'grant_type=refresh_token', 'refresh_token is missing'],
    ['two users', form, 'grant_type=password&username=a&password=b&username=c', 'username is given more than once'],
    ['two passwords', form, 'grant_type=password&username=a&password=b&password=b', 'password is given more than once'],
    [
      'two grants',
      form,
      'grant_type=password&grant_type=refresh_token&refresh_token=x',
      'grant_type is given more than once',
    ],
    ['too much', form, `grant_type=password&username=a&password=${'b'.repeat(65_536)}`, 'too long'],
  ])('%s is refused', (_, type, body, message) => {
    expect(() => parseTokenForm(type, body)).toThrow(expect.objectContaining({ status: 400 }))
    expect(() => parseTokenForm(type, body)).toThrow(message)
  })

  test('a refusal does not repeat what was sent', () => {
    expect(() => parseTokenForm(form, 'grant_type=hunter2&password=hunter2')).toThrow(/^(?!.*hunter2)/s)
  })
})

describe('the body of a POST', () => {
  async function* pieces(...sizes: readonly number[]) {
    for (const size of sizes) yield Buffer.alloc(size, 'a')
  }

  test('comes in pieces, cut anywhere', async () => {
    const whole = Buffer.from('username=ä')
    const cut = (async function* () {
      for (const byte of whole) yield Uint8Array.of(byte)
    })()
    expect(await readTokenForm(cut)).toBe('username=ä')
  })

  test('may be 64 KiB long', async () => {
    expect(await readTokenForm(pieces(65_535, 1))).toHaveLength(65_536)
  })

  test('is not read any further beyond them', async () => {
    let read = 0
    const endless = (async function* () {
      for (;;) {
        read += 1000
        yield Buffer.alloc(1000)
      }
    })()
    await expect(readTokenForm(endless)).rejects.toMatchObject({ code: 'body-too-large' })
    expect(read).toBeLessThan(70_000)
  })
})
