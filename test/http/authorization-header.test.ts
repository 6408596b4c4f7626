/** Basic credentials in and out. */
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { basicChallenge, nameOnlyAuthorization, parseBasicCredentials } from '../../src/http/authorization-header.js'

const encode = (text: string) => Buffer.from(text).toString('base64')

describe('an Authorization header', () => {
  it.each([
    ['Basic', `Basic ${encode('alice:secret')}`, 'alice', 'secret'],
    ['basic in small letters', `basic ${encode('alice:secret')}`, 'alice', 'secret'],
    ['several blanks', `Basic   ${encode('alice:secret')}  `, 'alice', 'secret'],
    ['colons in the password', `Basic ${encode('alice:a:b:c')}`, 'alice', 'a:b:c'],
    ['an empty password', `Basic ${encode('alice:')}`, 'alice', ''],
    ['UTF-8', `Basic ${encode('älice:pässwörd')}`, 'älice', 'pässwörd'],
    ['a blank in the name', `Basic ${encode('al ice:x')}`, 'al ice', 'x'],
    ['base64 without its padding', `Basic ${encode('a:bc').replace(/=/g, '')}`, 'a', 'bc'],
  ])('%s', (_, header, name, password) => {
    const credentials = parseBasicCredentials(header)
    expect(credentials?.name).toBe(name)
    expect(credentials?.password.reveal()).toBe(password)
  })

  it.each([
    ['none', undefined],
    ['an empty one', ''],
    ['the scheme alone', 'Basic'],
    ['the scheme and a blank', 'Basic '],
    ['another scheme', `Bearer ${encode('alice:secret')}`],
    ['Basic as a part of a word', `Basics ${encode('alice:secret')}`],
    ['no blank between', `Basic${encode('alice:secret')}`],
    ['a tab between', `Basic\t${encode('alice:secret')}`],
    ['no base64', 'Basic alice:secret'],
    ['base64 for URLs', 'Basic YWxpY2U6c2_jcmV0-_'],
    ['something behind it', `Basic ${encode('alice:secret')} x`],
    ['two of them', `Basic ${encode('alice:secret')}, Basic ${encode('bob:secret')}`],
    ['no colon', `Basic ${encode('alice')}`],
    ['no name', `Basic ${encode(':secret')}`],
  ])('%s gives no credentials', (_, header) => {
    expect(parseBasicCredentials(header)).toBeNull()
  })

  it('never shows the password', () => {
    const credentials = parseBasicCredentials(`Basic ${encode('alice:secret')}`)
    expect(inspect(credentials) + JSON.stringify(credentials) + String(credentials?.password)).not.toContain('secret')
  })
})

describe('what the gate writes', () => {
  it('names the user to the backend without a password', () => {
    expect(nameOnlyAuthorization('älice')).toBe(`Basic ${encode('älice:')}`)
  })

  it.each([
    ['Registry', 'Basic realm="Registry"'],
    ['', 'Basic realm="registry"'],
    ['a "b" \\c', 'Basic realm="a \\"b\\" \\\\c"'],
    ['line\r\nend', 'Basic realm="lineend"'],
    ['Ünïcode', 'Basic realm="ncode"'],
  ])('a challenge for the realm %j', (realm, challenge) => {
    expect(basicChallenge(realm)).toBe(challenge)
  })
})
