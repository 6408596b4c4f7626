/**
 * Counts in a Redis that several gates share, with rate-limiter-flexible; says when it is out of reach, and when it
 * counts. (decision W4)
 */
import { createClient } from '@redis/client'
import { RateLimiterRedis, type RateLimiterRes } from 'rate-limiter-flexible'
import type { Secret } from '../errors/secret.js'
import { type Counts, rightForMs } from './counts.js'

export interface RedisCounts extends Counts {
  /** False from the first error until Redis counts again. A question meanwhile may wait for a second. */
  readonly reachable: boolean
  close(): void
}

export interface RedisCountsOptions {
  /** `redis://host:6379/0`, `rediss://user@host`; without a password. */
  readonly url: string
  readonly password: Secret | null
  /** Told once for each time, with what the system or Redis says. */
  readonly onAway: (cause: string) => void
  /** Redis counts from now on: for the first time, or after it was away. */
  readonly onShared: (again: boolean) => void
}

/** A login waits no longer for Redis. */
const timeoutMs = 1_000
/** How often it is tried again. */
const retryMs = 1_000
/** A connection on which nothing has come for so long is given up, although it still looks open. */
const silentMs = 4_000

/**
 * Adds to a count, as the library does, but never below nothing: what is given back after the end of a window would else be a
 * gift to the next one. A count of nothing is removed.
 */
const addScript = `
if tonumber(ARGV[1]) < 0 and redis.call('exists', KEYS[1]) == 0 then return {0, 0} end
redis.call('set', KEYS[1], 0, 'EX', ARGV[2], 'NX')
local value = redis.call('incrby', KEYS[1], ARGV[1])
local left = redis.call('pttl', KEYS[1])
if value <= 0 then redis.call('del', KEYS[1]) end
return {value, left}
`

/** Connects in the background, for as long as it takes, and again whenever the connection is lost. */
export function connectRedisCounts({ url, password, onAway, onShared }: RedisCountsOptions): RedisCounts {
  let reachable = false
  let told = false
  const client = createClient({
    ...serverOf(url),
    ...(password === null ? {} : { password: password.reveal() }),
    disableOfflineQueue: true,
    pingInterval: retryMs,
    maintNotifications: 'disabled',
  })
  const limiter = new RateLimiterRedis({
    storeClient: client,
    useRedisPackage: true,
    keyPrefix: 'portcullis:logins',
    points: 1,
    duration: 1,
    customIncrTtlLuaScript: addScript,
  })

  const away = (cause: unknown) => {
    reachable = false
    if (told) return
    told = true
    onAway(cause instanceof Error && cause.message !== '' ? cause.message : 'it does not answer')
  }
  const ask = async <T>(question: () => Promise<T>): Promise<T> => {
    try {
      return await within(timeoutMs, question())
    } catch (error) {
      away(error)
      throw error
    }
  }
  const add: Counts['add'] = async (of, key, by, windowMs) => {
    const customDuration = Math.ceil(windowMs / 1_000)
    const change = () =>
      by > 0
        ? limiter.penalty(`${of}:${key}`, by, { customDuration })
        : limiter.reward(`${of}:${key}`, -by, { customDuration })
    const { consumedPoints, msBeforeNext }: RateLimiterRes = await ask(change)
    return { value: Math.max(0, consumedPoints), endsIn: Math.max(0, msBeforeNext) }
  }
  /** It may answer and yet refuse to write: what counts is that it counts. */
  const tryAgain = async () => {
    if (reachable) return
    await add('guess', 'trial', 1, 1_000)
    reachable = true
    onShared(told)
    told = false
  }
  const tryQuietly = () => void tryAgain().catch(() => undefined)
  client.on('error', away)
  client.on('ready', tryQuietly)
  client.on('ping-interval', tryQuietly)
  client.connect().catch(away)

  return {
    get reachable() {
      return reachable
    },
    add,
    wasRight: async pair => (await ask(() => limiter.get(`right:${pair}`))) !== null,
    async rememberRight(pair) {
      await ask(() => limiter.set(`right:${pair}`, 1, rightForMs / 1_000))
    },
    close() {
      told = true
      client.destroy()
    },
  }
}

/** By hand: with a user in its URL, the client would take that for all there is to log in with. */
function serverOf(url: string) {
  const { protocol, hostname, port, username, pathname } = new URL(url)
  const place = {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? 6379 : Number(port),
    connectTimeout: timeoutMs,
    socketTimeout: silentMs,
    reconnectStrategy: () => retryMs,
  }
  return {
    socket: protocol === 'rediss:' ? { ...place, tls: true as const } : place,
    database: Number(pathname.slice(1)),
    ...(username === '' ? {} : { username: decodeURIComponent(username) }),
  }
}

async function within<T>(ms: number, answer: Promise<T>): Promise<T> {
  let late: NodeJS.Timeout | undefined
  try {
    return await Promise.race([
      answer,
      new Promise<never>((_, reject) => {
        late = setTimeout(() => reject(new Error(`no answer within ${ms / 1_000} s`)), ms)
      }),
    ])
  } finally {
    clearTimeout(late)
  }
}
