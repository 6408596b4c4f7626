/** Hashes of the `htpasswd` and `openssl passwd` of this machine, written at this moment. */
import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { createEntry } from '../../src/users/htpasswd/edit.js'
import { matchesHash } from '../../src/users/htpasswd/hash-formats.js'
import { parseHtpasswd } from '../../src/users/htpasswd/parse.js'

function run(command: string, args: readonly string[], input?: string): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', input })
  if (status !== 0) throw new Error(`${command} ${args[0]}: ${error?.message ?? stderr}`)
  return stdout
}

/** Whether the program is here; a missing one is named, and fails where everything is required. */
function present(command: string, args: readonly string[]): boolean {
  if (spawnSync(command, args).error === undefined) return true
  if (process.env.PORTCULLIS_TEST_REQUIRE === 'all') throw new Error(`${command} is missing`)
  console.log(`skipped: ${command} is missing`)
  return false
}

const passwords = [
  'secret',
  'p',
  'pä sswörd-✓',
  'a:b"c\\d\'$',
  'x'.repeat(16),
  'y'.repeat(17),
  'z'.repeat(64),
  'q'.repeat(65),
]

describe.skipIf(!present('htpasswd', ['-h']))('htpasswd', () => {
  it.each(['-B', '-m', '-s', '-2', '-5'])('%s', option => {
    for (const password of passwords) {
      const { entries, problems } = parseHtpasswd(run('htpasswd', ['-n', '-b', option, 'admin', password]), 'f')
      expect(problems).toEqual([])
      const hash = entries.get('admin')?.hash ?? ''
      expect(matchesHash(password, hash), `${password} ${hash}`).toBe(true)
      expect(matchesHash(`!${password}`, hash)).toBe(false)
    }
  })

  it.each([
    ['-2', '1000'],
    ['-5', '12345'],
  ])('%s -r %s', (option, rounds) => {
    const hash = run('htpasswd', ['-n', '-b', option, '-r', rounds, 'u', 'secret']).trim().slice(2)
    expect(hash).toContain(`rounds=${rounds}$`)
    expect(matchesHash('secret', hash)).toBe(true)
  })

  it('accepts the lines that are written here', () => {
    for (const password of passwords) {
      const { line } = createEntry('admin', password, { cost: 5 })
      run('sh', [
        '-c',
        'f=$(mktemp) && printf "%s\\n" "$1" > "$f" && htpasswd -vb "$f" admin "$2"; s=$?; rm "$f"; exit $s',
        'sh',
        line,
        password,
      ])
    }
  })
})

describe.skipIf(!present('openssl', ['version']))('openssl passwd', () => {
  it.each(['-1', '-apr1', '-5', '-6'])('%s', option => {
    for (const password of passwords) {
      for (const salt of ['a', 'saltsalt']) {
        const hash = run('openssl', ['passwd', option, '-salt', salt, '-stdin'], `${password}\n`).trim()
        expect(matchesHash(password, hash), `${password} ${hash}`).toBe(true)
      }
    }
  })
})
