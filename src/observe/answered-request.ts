/** The facts about a request that are known after its response has ended. */
export interface AnsweredRequest {
  readonly method: string
  /** Without the query, which may hold private data. */
  readonly path: string
  /**
   * The operation: `put-manifest`, `get-blob` ... (registry-api/operation.ts), or `health`; null outside the registry
   * API.
   */
  readonly action: string | null
  readonly repository: string | null
  /** Tag, digest or upload id. */
  readonly reference: string | null
  /** Digest of the manifest or blob in the response. */
  readonly digest: string | null
  /**
   * The digest that the tag named before this request moved it; null if the request moved no tag, or the digest is not
   * known.
   */
  readonly replaced: string | null
  /** 0 if the connection ended before a response began. */
  readonly status: number
  readonly user: string | null
  /**
   * The user name that came with a wrong password; null if no such user exists, because the name may be a mistyped
   * password. (decision W9)
   */
  readonly claimedUser: string | null
  readonly address: string
  /** The User-Agent, shortened. */
  readonly agent: string | null
  /** Bytes read from the client and written to it, headers included. */
  readonly received: number
  readonly bytes: number
  readonly milliseconds: number
  /** Whether the client received the complete response. */
  readonly complete: boolean
  /** The code of errors/request-error.ts; null if the gate did not refuse the request. */
  readonly error: string | null
  /** The message to the client if the gate refused the request; null otherwise. */
  readonly refusal: string | null
  /** The underlying error. For the operator only, never for clients. */
  readonly cause: string | null
  /**
   * `quiet`: logged only at level debug. `off`: not logged, as with `access_log off`. The audit log ignores this
   * setting.
   */
  readonly access: 'on' | 'quiet' | 'off'
}
