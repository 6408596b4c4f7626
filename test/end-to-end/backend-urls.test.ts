/** Whatever authority a registry was told to be, a push goes on through the gate, and a redirect to storage leads there. */
import { expect, it } from 'vitest'
import { authorization } from './parts/gate.js'
import { gateBeforeBackend } from './parts/gate-before-backend.js'
import { exchange, header, request } from './parts/raw-client.js'

const stage = gateBeforeBackend()

const upload = '/v2/team/app/blobs/uploads/'

it.each([
  {
    method: 'POST',
    status: 202,
    name: 'Location',
    value: `https://old.example.com${upload}1?_state=a%3D`,
    path: `${upload}1?_state=a%3D`,
  },
  { method: 'POST', status: 201, name: 'Location', value: `//old.example.com${upload}1`, path: `${upload}1` },
  { method: 'GET', status: 204, name: 'Location', value: `http://old.example.com:5000${upload}1`, path: `${upload}1` },
  {
    method: 'GET',
    status: 200,
    name: 'Link',
    value: '<https://old.example.com/v2/_catalog?last=a>; rel="next"',
    path: '</v2/_catalog?last=a>; rel="next"',
  },
  {
    method: 'GET',
    status: 307,
    name: 'Location',
    value: 'https://storage.example.com/v2/a?signature=b',
    path: 'https://storage.example.com/v2/a?signature=b',
  },
])('$status with $name: $value', async ({ method, status, name, value, path }) => {
  const length = status === 204 ? [] : ['Content-Length: 0']
  stage.backend.whenComplete = (_, socket) =>
    socket.write([`HTTP/1.1 ${status} X`, `${name}: ${value}`, ...length, '', ''].join('\r\n'))
  const head = [`${method} ${upload}1 HTTP/1.1`, 'Host: localhost', `Authorization: ${authorization}`]
  const [answer] = await exchange(stage.gate.port, request(head))
  expect(answer).toMatchObject({ status })
  expect(header(answer, name.toLowerCase())).toBe(path)
})
