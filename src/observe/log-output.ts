/**
 * The output of log lines. A slow reader, a closed pipe or a full disk neither ends the gate nor fills its memory.
 * (decision P10)
 */
import type { Writable } from 'node:stream'

/** The target of log lines. A target without `writableLength` never buffers. */
export interface LogOutput {
  write(text: string): unknown
  /** Number of characters in the buffer. */
  readonly writableLength?: number
}

/** Characters; about ten thousand lines. */
const maxWaiting = 4 * 1024 * 1024

/**
 * Writes no control characters except line ends and colours. Drops lines while `maxWaiting` characters wait for the
 * reader, until half of them are read.
 * @param onLost receives the number of dropped lines, just before the next line that is written; it may write
 */
export function boundedOutput(output: LogOutput, onLost: (lines: number) => void): LogOutput {
  let lost = 0
  return {
    write(line) {
      const max = lost === 0 ? maxWaiting : maxWaiting / 2
      if ((output.writableLength ?? 0) > max) {
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

/**
 * Escapes the control characters of ECMA-48, 5.3: terminals obey them like those below U+0020, JSON does not escape
 * them, and a header may hold them (RFC 9110, 5.5).
 */
function harmless(line: string): string {
  return line.replace(/[\x7f-\x9f]/g, character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/**
 * Keeps the process alive after its reader is gone (EPIPE) or the disk is full (ENOSPC), as nginx does. There is no
 * place left to report the error.
 */
export function outliveReader(output: Writable): void {
  output.on('error', () => {})
}

/** Resolves when the buffer is written, or after `timeoutMs` if nothing reads it. Await it before the process ends. */
export function written(output: Writable, timeoutMs = 2_000): Promise<void> {
  return new Promise(resolve => {
    const late = setTimeout(resolve, timeoutMs)
    output.write('', () => {
      clearTimeout(late)
      resolve()
    })
  })
}
