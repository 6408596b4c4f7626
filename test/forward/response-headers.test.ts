/** Where the Location of a backend leads the client. */
import { describe, expect, it } from 'vitest'
import { clientLocation } from '../../src/forward/response-headers.js'

const authorities = ['registry-backend:5000', 'registry-backend', 'registry.local:5000']

describe('Location', () => {
  it.each([
    [
      'on the backend',
      'http://registry-backend:5000/v2/a/blobs/uploads/b?_state=x%3D%3D',
      '/v2/a/blobs/uploads/b?_state=x%3D%3D',
    ],
    ['on the Host that was sent', 'https://registry.local:5000/v2/a', '/v2/a'],
    ['in capitals', 'HTTP://Registry-Backend:5000/v2/A', '/v2/A'],
    ['without a path', 'http://registry-backend:5000', '/'],
    ['with a query alone', 'http://registry-backend?x=y', '/?x=y'],
    ['that keeps its double encoding', 'http://registry-backend/v2/a?x=%252F+%20', '/v2/a?x=%252F+%20'],
    ['relative already', '/v2/a/blobs/uploads/b?_state=x', '/v2/a/blobs/uploads/b?_state=x'],
    [
      'on object storage',
      'https://bucket.s3.example/a?X-Amz-Signature=b',
      'https://bucket.s3.example/a?X-Amz-Signature=b',
    ],
    ['on another port of the backend', 'http://registry-backend:5001/v2/', 'http://registry-backend:5001/v2/'],
    ['on a name that begins like the backend', 'http://registry-backend.evil/v2/', 'http://registry-backend.evil/v2/'],
    ['with userinfo', 'http://registry-backend:5000@evil/v2/', 'http://registry-backend:5000@evil/v2/'],
    ['of another scheme', 'ftp://registry-backend/v2/', 'ftp://registry-backend/v2/'],
    ['that is empty', '', ''],
  ])('%s', (_, location, expected) => {
    expect(clientLocation(location, authorities)).toBe(expected)
  })
})
