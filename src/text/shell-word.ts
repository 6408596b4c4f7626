/** Words of commands that a person may copy into a shell. */

/** Quotes a word for a POSIX shell, if it needs quotes. */
export function shellWord(text: string): string {
  return /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
