/** The flags of a worker's Node: it must know them, and whoever starts the gate can overrule them. */
import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { workerFlags } from '../../../src/server/primary/worker-flags.js'

describe('the flags of a worker', () => {
  it('are ones that this Node knows', () => {
    const { status, stderr } = spawnSync(process.execPath, [...workerFlags([]), '--eval', 'process.exit(7)'])
    expect({ status, stderr: stderr.toString() }).toEqual({ status: 7, stderr: '' })
  })

  it('come before those of the primary, of which the last one counts', () => {
    const own = ['--initial-old-space-size=8', '--cpu-prof']
    const [first, ...others] = workerFlags(own)
    expect(first).toMatch(/^--initial-old-space-size=/)
    expect(others).toEqual(own)
  })
})
