/**
 * Creates ECDSA P-256 certificates: `selfsigned` makes self-signed ones, `@peculiar/x509` an authority and the
 * certificates that it signs.
 */
import { createPrivateKey, KeyObject, webcrypto } from 'node:crypto'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509'
import { generate } from 'selfsigned'
import { Secret } from '../errors/secret.js'
import type { Authority, CertificateContent, KeyPair } from './model.js'

/**
 * Creates a server certificate that clients can trust directly. It is not an authority. A stolen server key can
 * therefore not sign for other names, and clients that reject an authority as a server (Firefox, rustls) accept it.
 * `selfsigned` cannot write key identifiers, which a self-signed certificate does not need (RFC 5280, 4.2.1.1).
 */
export async function selfSigned(content: CertificateContent): Promise<KeyPair> {
  const { hosts, addresses } = content.names
  const subject = [
    { shortName: 'CN', value: content.commonName },
    { shortName: 'O', value: content.organization },
  ]
  const made = await generate(subject, {
    keyType: 'ec',
    curve: 'P-256',
    // The default would be SHA-1.
    algorithm: 'sha256',
    notBeforeDate: content.notBefore,
    notAfterDate: content.notAfter,
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          ...hosts.map(host => ({ type: 2 as const, value: host })),
          ...addresses.map(address => ({ type: 7 as const, ip: address })),
        ],
      },
    ],
  })
  return { cert: withLineFeed(made.cert), key: new Secret(withLineFeed(made.private)) }
}

/** Creates an authority that signs server certificates directly. */
export async function authority(content: CertificateContent): Promise<KeyPair> {
  const keys = await newKeys()
  const cert = await X509CertificateGenerator.createSelfSigned({
    serialNumber: content.serial,
    name: [{ CN: [content.commonName] }, { O: [content.organization] }],
    notBefore: content.notBefore,
    notAfter: content.notAfter,
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return { cert: withLineFeed(cert.toString('pem')), key: privatePem(keys.privateKey) }
}

/** Creates a server certificate signed by an authority with a key on P-256, P-384 or P-521. */
export async function signedBy(authority: Authority, content: CertificateContent): Promise<KeyPair> {
  const issuer = new X509Certificate(authority.cert)
  const signer = await signingKey(authority)
  const keys = await newKeys()
  const issuerKeyId = issuer.getExtension(SubjectKeyIdentifierExtension)?.keyId
  const cert = await X509CertificateGenerator.create({
    serialNumber: content.serial,
    subject: [{ CN: [content.commonName] }, { O: [content.organization] }],
    // Copies the issuer's name unchanged. Written again from text, it could get another string type and no longer
    // match.
    issuer: issuer.subjectName,
    notBefore: content.notBefore,
    notAfter: content.notAfter,
    signingAlgorithm: { name: 'ECDSA', hash: signer.hash },
    publicKey: keys.publicKey,
    signingKey: signer.key,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension([
        ...content.names.hosts.map(host => ({ type: 'dns' as const, value: host })),
        ...content.names.addresses.map(address => ({ type: 'ip' as const, value: address })),
      ]),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      issuerKeyId === undefined
        ? await AuthorityKeyIdentifierExtension.create(issuer.publicKey)
        : new AuthorityKeyIdentifierExtension(issuerKeyId),
    ],
  })
  return { cert: withLineFeed(cert.toString('pem')), key: privatePem(keys.privateKey) }
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
}

const curves = new Map([
  ['prime256v1', { namedCurve: 'P-256', hash: 'SHA-256' }],
  ['secp384r1', { namedCurve: 'P-384', hash: 'SHA-384' }],
  ['secp521r1', { namedCurve: 'P-521', hash: 'SHA-512' }],
])

async function signingKey(authority: Authority): Promise<{ key: webcrypto.CryptoKey; hash: string }> {
  const key = createPrivateKey(authority.key.reveal())
  const curve = curves.get(key.asymmetricKeyDetails?.namedCurve ?? '')
  if (curve === undefined) throw new Error('the authority has a key that is on none of the curves of TLS')
  const der = key.export({ type: 'pkcs8', format: 'der' })
  const { namedCurve, hash } = curve
  return { key: await webcrypto.subtle.importKey('pkcs8', der, { name: 'ECDSA', namedCurve }, false, ['sign']), hash }
}

function privatePem(key: webcrypto.CryptoKey): Secret {
  return new Secret(KeyObject.from(key).export({ type: 'pkcs8', format: 'pem' }).toString())
}

function withLineFeed(pem: string): string {
  return `${pem.trimEnd().replaceAll('\r\n', '\n')}\n`
}
