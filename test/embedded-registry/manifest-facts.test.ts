/** What is wrong with a manifest: the first mistake is told, and a million of them cost no more than one. */
import { describe, expect, it } from 'vitest'
import { checkManifest } from '../../src/embedded-registry/manifest-facts.js'

const check = (text: string) => () => checkManifest(Buffer.from(text), null)
const blob = '{"digest":"sha256:a","size":1'

describe('a manifest is refused at its first mistake', () => {
  it.each<[string, string]>([
    [`{"schemaVersion":2,"layers":[${blob}},{"digest":1}]}`, 'at "layers.1.digest": Invalid input: expected string'],
    ['{"schemaVersion":2,"layers":{}}', 'at "layers": Invalid input: expected array'],
    [
      `{"schemaVersion":2,"manifests":[${blob},"urls":["a",2]}]}`,
      'at "manifests.0.urls.1": Invalid input: expected string',
    ],
    [`{"schemaVersion":2,"config":${blob.replace('1', '-1')}}}`, 'at "config.size": Too small'],
    ['{"schemaVersion":2,"annotations":{"a":"b","c":1}}', 'at "annotations": expected texts by their names'],
    ['{"schemaVersion":2,"annotations":["a"]}', 'at "annotations": expected texts by their names'],
    ['{"schemaVersion":2,"annotations":"a"}', 'at "annotations": expected texts by their names'],
  ])('%s', (text, message) => expect(check(text)).toThrow(`the manifest is malformed ${message}`))
})

describe('a manifest full of mistakes costs no more memory than its size', () => {
  const many = (item: string) => `${`${item},`.repeat(140_000)}${item}`
  const names = Array.from({ length: 140_000 }, (_, index) => `"${index}":0`).join()

  it.each<[string, string]>([
    ['layers', `{"schemaVersion":2,"layers":[${many('0')}]}`],
    ['manifests', `{"schemaVersion":2,"manifests":[${many('0')}]}`],
    ['urls', `{"schemaVersion":2,"subject":${blob},"urls":[${many('0')}]}}`],
    ['annotations', `{"schemaVersion":2,"annotations":{${names}}}`],
  ])('%s', (_, text) => {
    const memory = () => process.memoryUsage().heapUsed / 1024 / 1024
    const before = memory()
    expect(check(text)).toThrow('the manifest is malformed')
    expect(memory() - before).toBeLessThan(150)
  })
})
