/** Two suites: the everyday one, which needs Node alone, and the one with real parts (docker, registry, nginx and others). */
import { defineConfig } from 'vitest/config'

const root = new URL('..', import.meta.url).pathname
const { VITEST_JSON } = process.env

export default defineConfig({
  test: {
    // Most tests wait for programs that they started, so a person's machine may use all its cores; CI takes one test file at a
    // time, so that a figure or a failure is never the doing of another file.
    maxWorkers: process.env.CI === undefined ? '100%' : 1,
    // CI adds up the counts of both suites from these files (scripts/count-results.js).
    reporters: VITEST_JSON === undefined ? ['default'] : ['default', 'json'],
    ...(VITEST_JSON === undefined ? {} : { outputFile: { json: VITEST_JSON } }),
    projects: [
      {
        test: {
          name: 'everyday',
          root,
          include: ['test/**/*.test.ts'],
          exclude: ['test/real/**'],
          // Only a test that fails takes so long, and a machine that is busy with something else must not look like one.
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'real',
          root,
          include: ['test/real/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
})
