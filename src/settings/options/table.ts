/**
 * The table of options, one row per setting. A row contains everything about its setting. Help, parsing, printing and
 * documentation are derived from it, and settings-of.ts does not compile if it ignores a row. (decision C1)
 */
import { loginRows } from './login-rows.js'
import { processRows } from './process-rows.js'
import { servingRows } from './serving-rows.js'

/** In the order of the help and the documentation. */
export const options = { ...servingRows, ...loginRows, ...processRows }

export type OptionName = keyof typeof options

/** Sections of portcullis.yaml with further properties besides their keys. */
export const sections: Readonly<Record<string, { readonly form?: string; readonly complete?: true }>> = {
  /** `complete`: each key requires all others. */
  tls: { complete: true },
  users: { complete: true },
  token: { form: '{} or { identity: true, lifetime: 300 }' },
  login_limits: { form: 'off, or as { redis: redis://HOST:6379 }' },
}
