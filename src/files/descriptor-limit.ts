/** How many file descriptors this process may have open. */
import { readFileSync } from 'node:fs'

/** The soft limit, which Node raises to the hard one when it starts; null where there is no /proc (proc(5)). */
export function descriptorLimit(): number | null {
  try {
    const limit = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]
    return limit === undefined ? null : Number(limit)
  } catch {
    return null
  }
}
