/** Where log lines leave the process: a reader who is slow, or gone, or whose disk is full, neither ends the gate nor fills its memory. */
import type { Writable } from 'node:stream'

/** What lines are written to. Without `writableLength`, nothing ever waits there. */
export interface LogOutput {
  write(text: string): unknown
  /** Characters that wait for the reader. */
  readonly writableLength?: number
}

/** Some ten thousand lines. */
const mostWaiting = 4 * 1024 * 1024

/**
 * Writes no control characters but line ends and colours. Drops lines while `mostWaiting` characters wait for a reader, until half of them are read.
 * @param onLost told how many it were, just before the next line that is not dropped; may write
 */
export function boundedOutput(output: LogOutput, onLost: (lines: number) => void): LogOutput {
  let lost = 0
  return {
    write(line) {
      const most = lost === 0 ? mostWaiting : mostWaiting / 2
      if ((output.writableLength ?? 0) > most) {
        lost++
        return
      }
      if (lost > 0) {
        const lines = lost
        lost = 0
        onLost(lines)
      }
      output.write(harmless(line))
    },
  }
}

/** Terminals obey these as they do those below U+0020, which JSON escapes (ECMA-48, 5.3), and a header may hold them (RFC 9110, 5.5). */
function harmless(line: string): string {
  return line.replace(/[\x7f-\x9f]/g, character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** Lets the process outlive its reader (EPIPE) and a full disk (ENOSPC), as nginx does: nobody is left who could be told. */
export function outliveReader(output: Writable): void {
  output.on('error', () => {})
}

/** Resolves when everything is written, or after so many milliseconds where nobody reads. To be awaited before the process is ended. */
export function written(output: Writable, patienceMs = 2_000): Promise<void> {
  return new Promise(resolve => {
    const late = setTimeout(resolve, patienceMs)
    output.write('', () => {
      clearTimeout(late)
      resolve()
    })
  })
}
