/** The error that refuses a request: thrown by its code, and turned into HTTP only by gateway/respond.ts. */
import { clientErrors } from './client-errors.js'
import { gateErrors } from './gate-errors.js'

/** All codes with their rows, in the order of docs/errors.md. */
export const requestErrors = { ...clientErrors, ...gateErrors } as const

export type RequestErrorCode = keyof typeof requestErrors

export interface RequestErrorOptions {
  /** Becomes `detail` in the JSON body. Never a secret. */
  readonly detail?: unknown
  /** Replaces the message of the table by a more precise one. */
  readonly message?: string
  /** Extra response headers, such as Retry-After. */
  readonly headers?: Readonly<Record<string, string>>
  readonly cause?: unknown
}

/** Characters. A message goes into the body, the status line and the log, and may quote the client's input. */
const maxMessage = 1_000

const shortened = (message: string) => (message.length <= maxMessage ? message : `${message.slice(0, maxMessage - 1)}…`)

/** Refuses the current request. A message above `maxMessage` characters is cut. */
export class RequestError extends Error {
  override readonly name = 'RequestError'
  readonly status: number
  readonly ociCode: string
  readonly detail: unknown
  readonly headers: Readonly<Record<string, string>>

  constructor(
    readonly code: RequestErrorCode,
    options: RequestErrorOptions = {},
  ) {
    const row = requestErrors[code]
    super(shortened(options.message ?? row.message), { cause: options.cause })
    this.status = row.status
    this.ociCode = row.code
    this.detail = options.detail ?? null
    this.headers = options.headers ?? {}
  }
}
