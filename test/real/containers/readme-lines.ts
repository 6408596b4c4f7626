/** The README's commands for containers, word for word, in a folder that has certs/ and auth/ from its earlier ones. */
import { describe, expect, test } from 'vitest'
import type { Containers } from '../parts/containers.js'
import { sample } from '../parts/containers.js'
import { documentedCommands } from '../readme/commands.js'
import { walkThrough } from './usual-sequence.js'

/** Those that start something; `docker build` is run where the images are made (parts/container-images.ts). */
export const readmeLines = documentedCommands('README.md').filter(line => /^docker (network|run) /.test(line))

export function linesOfTheReadme(shared: () => Containers): void {
  describe("the README's own lines, word for word", () => {
    test('network, registry, gate: login, push, pull', async () => {
      await shared().run([walkThrough, 'down'])
      expect(readmeLines).toHaveLength(3)
      for (const line of readmeLines) {
        const finished = await shared().run(['sh', '-c', line])
        expect(finished, finished.output).toMatchObject({ code: 0 })
      }
      await shared().ready('registry-gate')
      await shared().login(5000)
      await shared().pushAndPull(sample, 5000, 'as-in-the-readme')
      expect(await shared().published('registry-backend')).toEqual(['', '{}', '{"5000/tcp":null}'])
    })
  })
}
