/** The lines to paste promise nothing that the address of the gate cannot keep. */
import { expect, test } from 'vitest'
import { pasteText } from '../../src/cli/first-run-text.js'

test.each([
  ['192.0.2.2', 'by name, here and on other machines'],
  ['fd00::2', 'by name, here and on other machines'],
  ['127.0.0.1', 'by name, on this machine'],
  ['::1', 'by name, on this machine'],
])('a gate that is reached at %s: %s', (address, expected) => {
  const gate = { port: 5000, onLoopback: true, registryLocalResolves: false, sudo: '' }
  const text = pasteText({ ...gate, address, account: 'admin', passwordFile: null })
  expect(text).toContain(`\n${expected} (Linux; trusts this certificate for registry.local:5000 only):\n`)
})
