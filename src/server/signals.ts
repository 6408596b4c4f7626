/** What signals mean: SIGHUP reads everything anew, SIGTERM, SIGINT and SIGQUIT stop when transfers have ended, a second one at once. */

/** What is done to a gate by signals. */
export interface Signalled {
  reload(): void
  kill(): void
}

/**
 * Listens from now on, because a process that is the first of its container does not even end by a signal that it does not listen to.
 * Before `arm`, one that stops ends the process with 0, and SIGHUP is remembered.
 * @returns `arm` resolves with the first signal that stops
 */
export function listenToSignals(): { arm(gate: Signalled): Promise<string> } {
  let gate: Signalled | null = null
  let hungUp = false
  let stop: ((signal: string) => void) | null = null
  process.on('SIGHUP', () => {
    if (gate === null) hungUp = true
    else gate.reload()
  })
  // nginx's image is stopped by SIGQUIT, so a compose file may say that.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const) {
    process.on(signal, () => {
      if (gate === null) process.exit(0)
      if (stop === null) {
        gate.kill()
        process.exit(1)
      }
      stop(signal)
      stop = null
    })
  }
  return {
    arm(running) {
      gate = running
      if (hungUp) running.reload()
      return new Promise(resolve => {
        stop = resolve
      })
    },
  }
}
