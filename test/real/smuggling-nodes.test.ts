/** Request smuggling under every version of Node that package.json allows: the oldest of each line, and the newest. */
import { describe, it } from 'vitest'
import { gateBeforeBackend } from '../end-to-end/parts/gate-before-backend.js'
import { describeHiddenRequests } from '../end-to-end/parts/hidden-requests.js'
import { describeSmugglingForms } from '../end-to-end/parts/smuggling.js'
import { nodeVersion } from './fresh-clone/node-versions.js'

const versions = await Promise.all(
  ['20.19.2', '20', '22.0.0', '22', '24.0.0', '24'].map(async version => ({
    version,
    node: (await nodeVersion(version, 10))?.node ?? null,
  })),
)

describe.each(versions)('Node $version', ({ version, node }) => {
  if (node === null) return it.skip(`Node ${version} is missing`)
  const stage = gateBeforeBackend({ node })
  describe('mutated Transfer-Encoding and Content-Length', () => describeSmugglingForms(stage))
  describe('a request hidden behind many header lines', () => describeHiddenRequests(stage))
})
