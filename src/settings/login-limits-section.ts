/** The `login_limits` section of portcullis.yaml: `off`, or numbers that replace the default ones, and a Redis that several gates share. */
import { z } from 'zod'
import { defaultRules } from '../login-limits/limits.js'
import type { LoginLimitSettings } from './settings.js'

const numberFrom = (unit: string, least: number, most: number) => {
  const range = { error: `must be a number of ${unit} from ${least} to ${most}` }
  return z.int(range).min(least, range).max(most, range).optional()
}

/** `redis://host`, `rediss://user@host:6380/2`; nothing else stands in it. */
const redisUrl = z.string({ error: 'must be a text' }).superRefine((value, context) => {
  const url = URL.canParse(value) ? new URL(value) : null
  const add = (message: string) => context.addIssue({ code: 'custom', message })
  if (url === null || !/^rediss?:$/.test(url.protocol) || url.hostname === '' || !/^(?:\/\d*)?$/.test(url.pathname))
    add('must be written as redis://HOST:PORT/NUMBER, or rediss://... for TLS')
  else if (url.password !== '')
    add('must hold no password: others can read this file; name one that holds it with redis_password_file')
  else if (url.search !== '' || url.hash !== '') add('must end behind the number of the database')
})

const schema = z
  .strictObject(
    {
      wrong_passwords: numberFrom('passwords', 1, 10_000),
      per_address: numberFrom('passwords', 1, 1_000_000),
      window: numberFrom('seconds', 1, 86_400),
      redis: redisUrl.optional(),
      redis_password_file: z.string({ error: 'must be a text' }).min(1, { error: 'must not be empty' }).optional(),
    },
    { error: 'must be written as off, or as { redis: redis://HOST:6379 }' },
  )
  .superRefine(({ redis, redis_password_file: file }, context) => {
    if (file !== undefined && redis === undefined)
      context.addIssue({
        code: 'custom',
        path: ['redis_password_file'],
        message: 'is of no use without login_limits.redis',
      })
  })

export const loginLimitsKeys: readonly string[] = Object.keys(schema.shape)

const limits = schema.transform(
  (said): LoginLimitSettings => ({
    wrongPasswords: said.wrong_passwords ?? defaultRules.wrongPasswords,
    perAddress: said.per_address ?? defaultRules.perAddress,
    windowMs: said.window === undefined ? defaultRules.windowMs : said.window * 1_000,
    redis:
      said.redis === undefined ? null : { url: said.redis, passwordFile: said.redis_password_file ?? null, where: '' },
  }),
)

/** Gives null for `off`, and for nothing else. The place of the Redis is filled in by whoever knows the line. */
export const loginLimitsSection = z.preprocess(
  said => (said === 'off' || said === false ? null : (said ?? '')),
  limits.nullable(),
)
