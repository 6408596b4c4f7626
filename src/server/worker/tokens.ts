/** The tokens of a gate as a worker knows them: told by the primary, issued and checked here with its keys. */
import { randomBytes, randomUUID } from 'node:crypto'
import { RequestError } from '../../errors/request-error.js'
import type { Tokens } from '../../gateway/login/tokens.js'
import type { Settings } from '../../settings/settings.js'
import { userFingerprint } from '../../token/fingerprint.js'
import { checkIdentityToken, identityTokenId, makeIdentityToken } from '../../token/identity-token.js'
import { createKeyRing, type KeyRing } from '../../token/key-ring.js'
import type { SigningKey } from '../../token/model.js'
import { type IdentityChange, withIdentityChange } from '../identity-change.js'
import type { IdentityStore } from '../identity-keeping.js'
import type { TokenState } from '../token-files.js'

export interface WorkerTokens extends Tokens {
  changed(state: TokenState | null): void
  identitiesChanged(change: IdentityChange): void
}

/** @param identities of the primary */
export function createWorkerTokens(
  { token }: Pick<Settings, 'token'>,
  initial: TokenState | null,
  identities: IdentityStore,
): WorkerTokens {
  let state = initial
  let ring = ringOf(initial)

  function ringOf(of: TokenState | null): KeyRing | null {
    if (of === null || of.keys.length === 0) return null
    const { issuer, service, lifetimeMs } = token
    return createKeyRing({ keys: of.keys, issuer, service, lifetimeSeconds: lifetimeMs / 1_000, tokenId: randomUUID })
  }
  const inForce = () => {
    if (state === null) throw new RequestError('not-ready', { message: 'there are no keys for tokens at the moment' })
    return state
  }

  return {
    async issue(claims) {
      if (ring === null)
        throw new RequestError('not-ready', { message: 'there is no key to sign tokens at the moment' })
      return ring.issue(claims, Date.now())
    },
    verify: async text => (ring === null ? { kind: 'invalid' } : ring.verify(text, Date.now())),
    jwks: () => ring?.jwks() ?? { keys: [] },
    fingerprint: entry => userFingerprint(inForce().secret, entry),
    async identityUser(text, entryOf) {
      const id = identityTokenId(text)
      if (id === null) return null
      // Another gate may have made it a moment ago.
      if (!inForce().identityTokens.has(id)) await identities.look().catch(() => undefined)
      const { secret, identityTokens: records } = inForce()
      const fingerprintOf = (user: string) => {
        const entry = entryOf(user)
        return entry === null ? null : userFingerprint(secret, entry)
      }
      const token = checkIdentityToken(text, { records, secret, entryOf: fingerprintOf })
      if (token === null) return null
      // Before its client has an answer: nothing that this client does next comes before it.
      identities.used(token.id)
      return token.user
    },
    async makeIdentity(user, client) {
      const { secret } = inForce()
      const entry = userFingerprint(secret, user)
      const making = { user: user.name, client, entry, now: Date.now(), random: randomBytes, secret }
      const { record, text } = makeIdentityToken(making)
      await identities.keep(record).catch((cause: unknown) => {
        if (cause instanceof RequestError) throw cause
        throw new RequestError('not-ready', { message: 'the identity token cannot be kept at the moment', cause })
      })
      return text
    },
    changed(next) {
      // What was proved with the same keys is remembered by their ring.
      if (!sameKeys(state?.keys ?? [], next?.keys ?? [])) ring = ringOf(next)
      state = next
    },
    identitiesChanged(change) {
      state = withIdentityChange(state, change)
    },
  }
}

const sameKeys = (a: readonly SigningKey[], b: readonly SigningKey[]) =>
  a.length === b.length && a.every((key, index) => key.id === b[index]?.id && key.privateKey === b[index].privateKey)
