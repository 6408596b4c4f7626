/** Makes the keys that sign access tokens: ES256 on P-256, each with a certificate of its own. */
import { KeyObject, type webcrypto as WebCrypto, webcrypto } from 'node:crypto'
import type { SigningKey } from './model.js'

const day = 86_400_000

/** In milliseconds since 1970, and as many random bytes as asked for. */
export interface KeyMaking {
  readonly id: string
  readonly now: number
  /** From when on it signs. */
  readonly signsFrom: number
  readonly random: (bytes: number) => Uint8Array
}

/** A new key. Its certificate is for registries that check tokens themselves: they trust it, and nothing that it could sign. */
export async function createSigningKey({ id, now, signsFrom, random }: KeyMaking): Promise<SigningKey> {
  // Seldom needed, and it takes its time to load.
  const { KeyUsageFlags, KeyUsagesExtension, X509CertificateGenerator } = await import('@peculiar/x509')
  const keys = await newKeys()
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: `01${Buffer.from(random(15)).toString('hex')}`,
    name: [{ CN: ['Portcullis token signer'] }],
    // The clocks of other machines; and a key ends by being removed, not by its certificate.
    notBefore: new Date(now - day),
    notAfter: new Date(now + 10 * 365 * day),
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    keys,
    extensions: [new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true)],
  })
  return {
    id,
    createdAt: now,
    signsFrom,
    privateKey: KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }).toString(),
    certificate: `${certificate.toString('pem').trimEnd().replaceAll('\r\n', '\n')}\n`,
  }
}

/** Distribution 3 drops leading zero bytes of the coordinates when it computes a key's thumbprint, and then does not find the key. */
async function newKeys(): Promise<WebCrypto.CryptoKeyPair> {
  for (;;) {
    const keys = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
    if (!hasLeadingZero(await webcrypto.subtle.exportKey('jwk', keys.publicKey))) return keys
  }
}

/** Whether a coordinate of the public key begins with a zero byte. */
export function hasLeadingZero({ x = '', y = '' }: { readonly x?: string; readonly y?: string }): boolean {
  return [x, y].some(coordinate => Buffer.from(coordinate, 'base64url')[0] === 0)
}
