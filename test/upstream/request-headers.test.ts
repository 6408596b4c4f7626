/** The head of the request to the backend, from that of the client. */
import { describe, expect, it } from 'vitest'
import { backendRequestHeaders, type RequestHeaderRules } from '../../src/upstream/request-headers.js'

const plain: RequestHeaderRules = { set: [], dropForwarded: false, dropAuthorization: false }

describe('the framing of a body is kept', () => {
  it.each([
    ['GET', {}, { connection: 'keep-alive' }],
    ['HEAD', {}, { connection: 'keep-alive' }],
    ['DELETE', {}, { connection: 'keep-alive' }],
    ['POST', {}, { connection: 'keep-alive', 'content-length': '0' }],
    ['PUT', {}, { connection: 'keep-alive', 'content-length': '0' }],
    ['PATCH', {}, { connection: 'keep-alive', 'content-length': '0' }],
    ['PUT', { 'content-length': '5' }, { connection: 'keep-alive', 'content-length': '5' }],
    ['GET', { 'content-length': '5' }, { connection: 'keep-alive', 'content-length': '5' }],
    ['PATCH', { 'transfer-encoding': 'chunked' }, { connection: 'keep-alive', 'transfer-encoding': 'chunked' }],
    ['DELETE', { 'transfer-encoding': 'CHUNKED' }, { connection: 'keep-alive', 'transfer-encoding': 'chunked' }],
    ['OPTIONS', { 'transfer-encoding': 'chunked' }, { connection: 'keep-alive', 'transfer-encoding': 'chunked' }],
    [
      'PUT',
      { 'content-length': '5', connection: 'Content-Length' },
      { connection: 'keep-alive', 'content-length': '5' },
    ],
    [
      'PUT',
      { 'transfer-encoding': 'chunked', connection: 'Transfer-Encoding, close' },
      { connection: 'keep-alive', 'transfer-encoding': 'chunked' },
    ],
  ])('%s %j', (method, client, expected) => {
    expect(backendRequestHeaders(client, method, plain)).toEqual(expected)
  })

  it('whatever the configuration sets', () => {
    const set = ['Content-Length', 'Transfer-Encoding', 'Connection', 'Upgrade', 'TE', 'Trailer', 'Expect'].map(
      name => ({
        name,
        value: 'x',
      }),
    )
    expect(backendRequestHeaders({ 'content-length': '5' }, 'PUT', { ...plain, set })).toEqual({
      'content-length': '5',
      connection: 'keep-alive',
    })
  })
})

describe('other headers', () => {
  const accept = { accept: 'a/b' }
  it.each([
    ['pass', accept, plain, { accept: 'a/b' }],
    ['pass with several values', { 'set-cookie': ['a', 'b'] }, plain, { 'set-cookie': ['a', 'b'] }],
    ['are replaced', accept, { ...plain, set: [{ name: 'ACCEPT', value: 'c/d' }] }, { accept: 'c/d' }],
    ['are taken away by an empty value', accept, { ...plain, set: [{ name: 'Accept', value: '' }] }, {}],
    [
      'are set twice',
      {},
      {
        ...plain,
        set: [
          { name: 'X', value: '1' },
          { name: 'x', value: '2' },
        ],
      },
      { x: ['1', '2'] },
    ],
    ['end here where Connection names them', { ...accept, connection: 'accept' }, plain, {}],
    [
      'are set although Connection names them',
      { connection: 'x' },
      { ...plain, set: [{ name: 'X', value: '1' }] },
      { x: '1' },
    ],
    ['end here as Expect does', { expect: '100-continue' }, plain, {}],
    ['name nobody', { 'x-remote-user': 'x', x_y: 'z' }, plain, {}],
    ['keep Authorization', { authorization: 'a' }, plain, { authorization: 'a' }],
    ['lose Authorization', { authorization: 'a' }, { ...plain, dropAuthorization: true }, {}],
    [
      'have their Authorization from the gate',
      { authorization: 'a' },
      { ...plain, dropAuthorization: true, set: [{ name: 'Authorization', value: 'b' }] },
      { authorization: 'b' },
    ],
    ['keep X-Forwarded-For, as nginx does', { 'x-forwarded-for': 'a' }, plain, { 'x-forwarded-for': 'a' }],
    [
      'lose what speaks for the client',
      { 'x-forwarded-for': 'a', 'x-forwarded-proto': 'b', 'x-real-ip': 'c', forwarded: 'd', 'x-original-url': 'e' },
      { ...plain, dropForwarded: true },
      {},
    ],
  ])('%s', (_, client, rules, expected) => {
    expect(backendRequestHeaders(client, 'GET', rules)).toEqual({ ...expected, connection: 'keep-alive' })
  })
})
