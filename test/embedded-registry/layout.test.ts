/** No name becomes a path outside the root. */
import { expect, test } from 'vitest'
import { requireDigest } from '../../src/embedded-registry/digest.js'
import { layoutOf } from '../../src/embedded-registry/layout.js'

const layout = layoutOf('/srv/registry')
const digest = requireDigest(`sha256:${'ab'.repeat(32)}`)

test.each(['..', '.', '', 'a/../b', '/etc', 'a//b', '_layers', 'a/_uploads', 'A', 'a\0b', 'a\\b'])(
  'the name %j is no repository, tag or upload',
  name => {
    expect(() => layout.repository(name)).toThrow()
    expect(() => layout.layerLink(name, digest)).toThrow()
    expect(() => layout.revisionLink(name, digest)).toThrow()
    if (!/^[A_]/.test(name)) expect(() => layout.tag('team/app', name)).toThrow()
    if (name !== 'A') expect(() => layout.upload('team/app', name)).toThrow()
    if (name !== 'A') expect(() => layout.lock(name)).toThrow()
  },
)

test.each(['sha256:../../..', `sha256:${'AB'.repeat(32)}`, `sha512:${'ab'.repeat(32)}`, 'sha256:', 'md5:abc', ''])(
  '%j is no digest',
  text => {
    expect(() => requireDigest(text)).toThrow(expect.objectContaining({ code: 'digest-invalid' }))
  },
)

test('blobs lie in folders by the first two letters of their digest', () => {
  const hex = 'ab'.repeat(32)
  expect(layout.blob(digest)).toBe(`/srv/registry/docker/registry/v2/blobs/sha256/ab/${hex}/data`)
})
