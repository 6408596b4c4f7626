/** What is known of a request once the connection is done with its answer. */
export interface AnsweredRequest {
  readonly method: string
  /** Without the query, which may hold what is nobody's business. */
  readonly path: string
  /** What it means: `put-manifest`, `get-blob` ... (registry-api/operation.ts), `health`; null outside the registry API. */
  readonly action: string | null
  readonly repository: string | null
  /** Tag, digest or upload id. */
  readonly reference: string | null
  /** Of the manifest or blob that the answer speaks of. */
  readonly digest: string | null
  /** The digest that the tag named before this request moved it; null where it moved none, or nobody knows. */
  readonly replaced: string | null
  /** 0 where the connection ended before an answer began. */
  readonly status: number
  readonly user: string | null
  /** Who a wrong password was given for; null for a name that nobody has, which may be a mistyped password. */
  readonly claimedUser: string | null
  readonly address: string
  /** The User-Agent, shortened. */
  readonly agent: string | null
  /** Bytes read from the client and written to it, headers included. */
  readonly received: number
  readonly bytes: number
  readonly milliseconds: number
  /** Whether the client got the whole answer. */
  readonly complete: boolean
  /** The code of errors/request-error.ts; null where the request was not refused by the gate. */
  readonly error: string | null
  /** What the gate told the client when it refused the request; null where it did not. */
  readonly refusal: string | null
  /** What went wrong below, for the operator alone. */
  readonly cause: string | null
  /** `quiet`: only at level debug. `off`: nowhere, as `access_log off` says; what is audited is audited all the same. */
  readonly access: 'on' | 'quiet' | 'off'
}
