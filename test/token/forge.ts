/** What an attacker works with: a token of ours taken apart, our public keys, keys of their own, and a signer that writes anything. */
import {
  createHmac,
  createPrivateKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  randomUUID,
  sign,
  X509Certificate,
} from 'node:crypto'
import { createKeyRing, type KeyRing } from '../../src/token/key-ring.js'
import type { SigningKey } from '../../src/token/model.js'
import { createSigningKey } from '../../src/token/signing-key.js'

/** The real time, in whole seconds: a gate that runs has no other. */
export const now = Math.floor(Date.now() / 1000) * 1000
const seconds = now / 1000

export type Fields = Readonly<Record<string, unknown>>

/** Base64url of a text, bytes, or of a value as JSON. */
export function part(content: Fields | string | Uint8Array): string {
  const bytes = typeof content === 'string' || content instanceof Uint8Array ? content : JSON.stringify(content)
  return Buffer.from(bytes).toString('base64url')
}

export interface Material {
  readonly ring: KeyRing
  /** A valid token, as the ring issued it, and its parts. */
  readonly token: string
  readonly parts: { readonly header: string; readonly payload: string; readonly signature: string }
  readonly header: Fields
  readonly payload: Fields
  /** Of the gate: for mistakes of our own, which only somebody with the key can make. */
  readonly ourKey: KeyObject
  /** What everybody can know of it. */
  readonly publicPem: string
  readonly certificate: string
  /** Of the attacker. */
  readonly theirs: SigningKey
  readonly theirKey: KeyObject
  readonly theirRsa: KeyObject
}

/** What a gate that runs has: its key, and a user with the fingerprint of their entry. */
export interface OfGate {
  readonly key: SigningKey
  readonly user: string
  readonly entry: string
}

export async function material(gate: OfGate | null = null): Promise<Material> {
  const make = (id: string) => createSigningKey({ id, now, signsFrom: now, random: randomBytes })
  const [ours, theirs] = await Promise.all([gate?.key ?? make('key-1'), make('key-1')])
  const names = { issuer: 'portcullis', service: 'portcullis', lifetimeSeconds: 300, tokenId: randomUUID }
  const ring = createKeyRing({ keys: [ours], ...names })
  const access = [{ type: 'repository', name: 'team/app', actions: ['pull'] }]
  const { user, entry } = gate ?? { user: 'tea', entry: 'fingerprint' }
  const { token } = await ring.issue({ user, entry, access }, now)
  const [header = '', payload = '', signature = ''] = token.split('.')
  const read = (text: string): Fields => JSON.parse(Buffer.from(text, 'base64url').toString())
  return {
    ring,
    token,
    parts: { header, payload, signature },
    header: read(header),
    payload: read(payload),
    ourKey: createPrivateKey(ours.privateKey),
    publicPem: new X509Certificate(ours.certificate).publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    certificate: ours.certificate,
    theirs,
    theirKey: createPrivateKey(theirs.privateKey),
    theirRsa: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
  }
}

/** A token of these parts with an ES256 signature. */
export function signed(header: Fields | string, payload: Fields | string, key: KeyObject): string {
  const input = `${part(header)}.${part(payload)}`
  return `${input}.${part(sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }))}`
}

/** The same with HMAC, the key being anything that the attacker has. */
export function hashed(header: Fields, payload: Fields, key: string | Uint8Array, hash = 'sha256'): string {
  const input = `${part(header)}.${part(payload)}`
  return `${input}.${createHmac(hash, key).update(input).digest('base64url')}`
}

/** The same with RSA. */
export function signedWithRsa(header: Fields, payload: Fields, key: KeyObject): string {
  const input = `${part(header)}.${part(payload)}`
  return `${input}.${part(sign('sha256', Buffer.from(input), key))}`
}

/** The claims of the token, with others for a longer life, another user and more rights. */
export const widened = (payload: Fields): Fields => ({
  ...payload,
  sub: 'admin',
  exp: seconds + 86_400,
  access: [{ type: 'registry', name: 'catalog', actions: ['*'] }],
})
