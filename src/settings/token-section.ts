/** The `token` section of portcullis.yaml: `token: {}` or `token: { identity: true, lifetime: 300, service: ..., issuer: ... }`. */
import { z } from 'zod'
import { defaultToken, type TokenSettings } from './settings.js'

/** Below a minute clients would raise it themselves (Docker token specification); beyond a day it would be a second password. */
const shortest = 60
const longest = 86_400

const lifetime = { error: `must be a number of seconds from ${shortest} to ${longest}` }

/** It stands within quotes in a challenge (RFC 9110 section 11.2), and clients differ in what they make of an escape there. */
const quotable = (name: string) =>
  z.string({ error: 'must be a text' }).regex(/^[\x20-\x21\x23-\x5b\x5d-\x7e]{1,255}$/, {
    error: `must be a name for this ${name}: 1 to 255 plain characters, without " and \\`,
  })

const schema = z.strictObject(
  {
    identity: z.boolean({ error: 'must be true or false' }).optional(),
    lifetime: z.int(lifetime).min(shortest, lifetime).max(longest, lifetime).optional(),
    service: quotable('service').optional(),
    issuer: quotable('issuer').optional(),
  },
  { error: 'must be written as {} or { identity: true, lifetime: 300 }' },
)

export const tokenSection = schema.transform(
  (said): TokenSettings => ({
    identity: said.identity ?? defaultToken.identity,
    lifetimeMs: said.lifetime === undefined ? defaultToken.lifetimeMs : said.lifetime * 1_000,
    service: said.service ?? defaultToken.service,
    issuer: said.issuer ?? defaultToken.issuer,
  }),
)

export const tokenKeys: readonly string[] = Object.keys(schema.shape)
