/** The JSON body of a refusal, as OCI distribution-spec 1.1 "Error Codes" prints it. */

/** `{"errors":[{"code","message","detail"}]}` and a newline, ready to send as application/json. */
export function errorBody(error: {
  readonly code: string
  readonly message: string
  readonly detail: unknown
}): string {
  return `${JSON.stringify({ errors: [error] })}\n`
}
