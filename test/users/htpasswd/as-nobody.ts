/** Root may read every file, so a test of unreadable files gives that up for a while. */
import { chmodSync } from 'node:fs'

const nobody = 65534

/** Runs `action` as a user without rights, who may enter `folder`; at once where the tests do not run as root. */
export async function asNobody<T>(folder: string, action: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return action()
  chmodSync(folder, 0o755)
  process.seteuid?.(nobody)
  try {
    return await action()
  } finally {
    process.seteuid?.(0)
  }
}
