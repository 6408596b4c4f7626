/**
 * The table of options, one row for each setting. All that is known of a setting stands in its row; help, reading, printing and
 * documentation are made from it, and settings-of.ts does not compile for a row that it does not read.
 */
import { loginRows } from './login-rows.js'
import { processRows } from './process-rows.js'
import { servingRows } from './serving-rows.js'

/** In the order of the help and of the documentation. */
export const options = { ...servingRows, ...loginRows, ...processRows }

export type OptionName = keyof typeof options

/** Sections of portcullis.yaml about which more is to be said than which keys they have. */
export const sections: Readonly<Record<string, { readonly form?: string; readonly complete?: true }>> = {
  /** `complete`: a key never stands without the others. */
  tls: { complete: true },
  users: { complete: true },
  token: { form: '{} or { identity: true, lifetime: 300 }' },
  login_limits: { form: 'off, or as { redis: redis://HOST:6379 }' },
}
