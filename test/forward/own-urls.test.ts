/** Where the URLs in a backend's answer lead the client. */
import { describe, expect, it } from 'vitest'
import { clientValue } from '../../src/forward/own-urls.js'

const authorities = ['registry-backend:5000', 'registry-backend', 'registry.local:5000']
const redirect = { authorities, isRegistry: true, status: 307 }
const created = { authorities, isRegistry: true, status: 201 }
const page = { authorities, isRegistry: true, status: 200 }
const elsewhere = { authorities, isRegistry: false, status: 201 }

describe('Location of a redirect, and of what is not the registry API', () => {
  it.each([
    [
      'on the backend',
      'http://registry-backend:5000/v2/a/blobs/uploads/b?_state=x%3D%3D',
      '/v2/a/blobs/uploads/b?_state=x%3D%3D',
    ],
    ['on the Host that was sent', 'https://registry.local:5000/v2/a', '/v2/a'],
    ['in capitals', 'HTTP://Registry-Backend:5000/v2/A', '/v2/A'],
    ['without a scheme', '//registry-backend:5000/v2/a', '/v2/a'],
    ['without a path', 'http://registry-backend:5000', '/'],
    ['with a query alone', 'http://registry-backend?x=y', '/?x=y'],
    ['whose path would be read as an authority', 'http://registry-backend//evil.example/v2/', '/evil.example/v2/'],
    ['that keeps its double encoding', 'http://registry-backend/v2/a?x=%252F+%20', '/v2/a?x=%252F+%20'],
    ['relative already', '/v2/a/blobs/uploads/b?_state=x', '/v2/a/blobs/uploads/b?_state=x'],
    [
      'on object storage',
      'https://bucket.s3.example/a?X-Amz-Signature=b',
      'https://bucket.s3.example/a?X-Amz-Signature=b',
    ],
    ['on object storage, without a scheme', '//bucket.s3.example/a', '//bucket.s3.example/a'],
    ['on another port of the backend', 'http://registry-backend:5001/v2/', 'http://registry-backend:5001/v2/'],
    ['on a name that begins like the backend', 'http://registry-backend.evil/v2/', 'http://registry-backend.evil/v2/'],
    ['with userinfo', 'http://registry-backend:5000@evil/v2/', 'http://registry-backend:5000@evil/v2/'],
    ['of another scheme', 'ftp://registry-backend/v2/', 'ftp://registry-backend/v2/'],
    ['that is empty', '', ''],
  ])('%s', (_, location, expected) => {
    expect(clientValue('location', location, redirect)).toBe(expected)
    expect(clientValue('location', location, elsewhere)).toBe(expected)
  })
})

describe('Location of an upload, and of what was created', () => {
  const locations = [
    ['https://old.example.com/v2/a/blobs/uploads/b?_state=x%3D', '/v2/a/blobs/uploads/b?_state=x%3D'],
    ['//old.example.com/v2/a/blobs/uploads/b', '/v2/a/blobs/uploads/b'],
    ['http://user@old.example.com:5000/v2/a', '/v2/a'],
    ['/v2/a/blobs/uploads/b', '/v2/a/blobs/uploads/b'],
    ['uploads/b', 'uploads/b'],
  ] as const
  it.each([201, 202, 204, 416])('leads through the gate from any authority: %i', status => {
    for (const [location, expected] of locations)
      expect(clientValue('location', location, { ...created, status })).toBe(expected)
  })
})

describe('other headers that may name the backend', () => {
  it.each([
    ['content-location', 'http://registry-backend:5000/v2/a', '/v2/a'],
    ['refresh', '5; url=http://registry-backend:5000/login', '5; url=/login'],
    ['refresh', '5; URL=https://elsewhere.example/login', '5; URL=https://elsewhere.example/login'],
    ['refresh', '5', '5'],
    [
      'link',
      '<http://registry-backend:5000/v2/_catalog?last=a&n=1>; rel="next"',
      '</v2/_catalog?last=a&n=1>; rel="next"',
    ],
    ['link', '<https://old.example.com/v2/_catalog?last=a>; rel="next"', '</v2/_catalog?last=a>; rel="next"'],
    [
      'link',
      '<https://docs.example.com/help>; rel=help, <https://old.example.com/v2/b>; rel=next',
      '<https://docs.example.com/help>; rel=help, </v2/b>; rel=next',
    ],
    ['link', '</v2/_catalog?last=a>; rel="next"', '</v2/_catalog?last=a>; rel="next"'],
    ['x-anything', 'http://registry-backend:5000/', 'http://registry-backend:5000/'],
  ])('%s: %s', (name, value, expected) => {
    expect(clientValue(name, value, page)).toBe(expected)
  })
})
