/** What package.json and its lock promise to whoever installs the program. */
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { neededNode, nodeProblem } from '../../src/cli/require-node.js'

const root = new URL('../../', import.meta.url)
const read = (path: string) => readFileSync(new URL(path, root), 'utf8')
const manifest = JSON.parse(read('package.json'))

it('package-lock.json names no address of a registry, so that every mirror will do', () => {
  expect(read('package-lock.json')).not.toMatch(/"resolved"|https?:\/\/[^"]*\.tgz/)
})

it('every executable exists and is a script for Node', () => {
  expect(Object.keys(manifest.bin)).toEqual(['portcullis', 'create-certs'])
  for (const path of Object.values<string>(manifest.bin)) expect(read(path)).toMatch(/^#!\/usr\/bin\/env node\n/)
})

it('every file that is to be packed exists', () => {
  expect(manifest.files.filter((path: string) => !existsSync(new URL(path, root)))).toEqual([])
})

describe('the Node that is needed', () => {
  it('is the same wherever it is said', () => {
    expect(manifest.engines.node).toBe(`>=${neededNode}`)
    expect(read('README.md')).toContain(`Node ${neededNode} or later`)
    expect(read('scripts/require-node.cjs')).toContain(`[${neededNode.replaceAll('.', ', ')}]`)
  })

  it.each(['20.19.2', '20.19.10', '20.20.0', '20.20.2', '21.0.0', '22.12.0', '24.0.0', '100.0.0'])(
    '%s will do',
    version => {
      expect(nodeProblem(version)).toBeNull()
    },
  )

  it.each(['20.19.1', '20.19.0', '20.18.3', '20.9.0', '18.20.8', '16.20.2', '4.9.1'])('%s will not', version => {
    expect(nodeProblem(version)).toBe(
      `error: this is Node ${version}, and Portcullis needs Node 20.19.2 or later
hint:  install a current Node (https://nodejs.org), then run the command again
`,
    )
  })
})
