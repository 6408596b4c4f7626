/** The code of an error of the operating system: `ENOENT`, `EBUSY`. */

/** Null for an error that did not come from the system. */
export function systemCode(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null
}
