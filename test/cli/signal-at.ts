/** A signal at an exact moment of a program's life, however slow the machine is: the program sends it to itself. */

/** Loaded into every process of the gate. What ends the gate is its first process; workers know it as their parent. */
const preload = (text: string) => `
if (process.argv.includes('serve') || process.connected) {
  const first = process.connected ? process.ppid : process.pid
  let sent = false
  for (const stream of [process.stdout, process.stderr]) {
    const { write } = stream
    stream.write = (...args) => {
      const written = write.apply(stream, args)
      if (!sent && String(args[0]).includes(${JSON.stringify(text)})) {
        sent = true
        process.kill(first, 'SIGTERM')
      }
      return written
    }
  }
}`

/** The environment in which a gate gets SIGTERM as soon as one of its processes has written the text, and never a second time by it. */
export const terminatedAt = (text: string): Readonly<Record<string, string>> => ({
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(preload(text))}`,
})
