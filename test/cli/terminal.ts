/** A terminal around a program, for what only a person is to see. */
import { spawnSync } from 'node:child_process'

/**
 * The command line that runs `command` on a terminal and copies what that shows to stdout; null where the machine has nothing that
 * can make one: then the tests that need it are skipped by name, or fail where PORTCULLIS_TEST_REQUIRE=all is set.
 */
export const onTerminal: ((command: readonly string[]) => [string, ...string[]]) | null = find()

function find(): typeof onTerminal {
  const works = (program: string, ...args: string[]) => spawnSync(program, args).status === 0
  // Of util-linux; the script of macOS has other flags.
  if (works('script', '-qec', 'true', '/dev/null')) {
    return command => ['script', '-qefc', `exec ${command.map(word => `'${word}'`).join(' ')}`, '/dev/null']
  }
  if (works('python3', '-c', 'import pty')) {
    return command => ['python3', '-c', 'import pty, sys; pty.spawn(sys.argv[1:])', ...command]
  }
  const line = 'script is missing here (package util-linux)'
  if (process.env.PORTCULLIS_TEST_REQUIRE === 'all') throw new Error(line)
  process.stderr.write(`skipped: ${line}\n`)
  return null
}
