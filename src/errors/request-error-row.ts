/** One row of the table of request errors. */

/**
 * Codes: OCI distribution-spec 1.1, "Error Codes"; UNAVAILABLE and UNKNOWN as distribution uses them.
 * Statuses: the same documents, and RFC 9110 for the errors about HTTP itself.
 */
export interface RequestErrorRow {
  readonly status: number
  /** The code for clients, from the OCI distribution specification. */
  readonly code: string
  readonly message: string
  /** For the operator: the cause or the remedy. It appears in docs/errors.md. */
  readonly help: string
}
