/** Where the programs of workers and threads lie, wherever the code that starts them has been put by the build. */

/** `imports` in package.json names the file of each. */
export const programFile = (name: '#worker' | '#watchdog' | '#compare-thread'): URL =>
  new URL(import.meta.resolve(name))
