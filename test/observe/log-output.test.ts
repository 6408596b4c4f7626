/** A reader of the log who does not read costs lines, and never memory. */
import { expect, it } from 'vitest'
import { createLogger } from '../../src/observe/logger.js'

/** Takes what is written, and passes it on only when somebody reads. */
function slowReader() {
  let waiting = ''
  const read: string[] = []
  return {
    read,
    write(text: string) {
      waiting += text
    },
    get writableLength() {
      return waiting.length
    },
    readAll() {
      read.push(...waiting.split('\n').filter(line => line !== ''))
      waiting = ''
    },
  }
}

it.each(['json', 'pretty'] as const)('drops lines beyond a few megabytes, and says how many (%s)', format => {
  const reader = slowReader()
  const log = createLogger({ format, level: 'info', colour: false, output: reader })
  const lines = 10_000
  for (let number = 0; number < lines; number++) log.info({ text: 'x'.repeat(1_000) }, 'a line')
  expect(reader.writableLength).toBeLessThan(5 * 1024 * 1024)
  reader.readAll()
  const kept = reader.read.length

  log.info('the reader is back')
  log.info('and stays')
  reader.readAll()
  const later = reader.read.slice(kept)
  expect(later).toHaveLength(3)
  expect(later.join('\n')).toContain('log lines were dropped: the reader is too slow')
  expect(later.join('\n')).toMatch(new RegExp(`lines"?[:=]${lines - kept}\\b`))
})
