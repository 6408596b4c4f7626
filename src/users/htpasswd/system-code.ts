/** The code by which the operating system refuses: `ENOENT`, `EBUSY`. */

/** Null for an error that did not come from the system. */
export function systemCode(fault: unknown): string | null {
  return fault instanceof Error && 'code' in fault && typeof fault.code === 'string' ? fault.code : null
}
