/** Creates RSA certificates with node-forge, for clients without ECDSA support. */
import { createPrivateKey } from 'node:crypto'
import forge from 'node-forge'
import { Secret } from '../errors/secret.js'
import type { Authority, CertificateContent, KeyPair } from './model.js'

const keyBits = 2048

/**
 * Creates a server certificate that clients can trust directly. create-ecdsa.ts explains why it is not an authority.
 */
export async function selfSigned(content: CertificateContent): Promise<KeyPair> {
  const keys = await newKeys()
  const cert = certificate(content, keys.publicKey)
  cert.setIssuer(cert.subject.attributes)
  cert.setExtensions([...serverExtensions(content), ...keyIdentifiers(ownKeyId(cert))])
  cert.sign(keys.privateKey, forge.md.sha256.create())
  return pem(cert, keys.privateKey)
}

/** Creates an authority that signs server certificates directly. */
export async function authority(content: CertificateContent): Promise<KeyPair> {
  const keys = await newKeys()
  const cert = certificate(content, keys.publicKey)
  cert.setIssuer(cert.subject.attributes)
  cert.setExtensions([
    { name: 'basicConstraints', cA: true, pathLenConstraint: 0, critical: true },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ...keyIdentifiers(ownKeyId(cert)),
  ])
  cert.sign(keys.privateKey, forge.md.sha256.create())
  return pem(cert, keys.privateKey)
}

/** Creates a server certificate signed by an authority with an RSA key. */
export async function signedBy(authority: Authority, content: CertificateContent): Promise<KeyPair> {
  const issuer = forge.pki.certificateFromPem(authority.cert)
  const keys = await newKeys()
  const cert = certificate(content, keys.publicKey)
  cert.setIssuer(readableAttributes(issuer))
  cert.setExtensions([...serverExtensions(content), ...keyIdentifiers(issuerKeyId(issuer))])
  cert.sign(forgeKey(authority.key), forge.md.sha256.create())
  return pem(cert, keys.privateKey)
}

function newKeys(): Promise<forge.pki.rsa.KeyPair> {
  return new Promise((resolve, reject) => {
    forge.pki.rsa.generateKeyPair({ bits: keyBits }, (error, keys) => (error ? reject(error) : resolve(keys)))
  })
}

function certificate(content: CertificateContent, publicKey: forge.pki.rsa.PublicKey): forge.pki.Certificate {
  const cert = forge.pki.createCertificate()
  cert.publicKey = publicKey
  cert.serialNumber = content.serial
  cert.validity.notBefore = content.notBefore
  cert.validity.notAfter = content.notAfter
  // forge's default, PrintableString, has no `*` and no `_`.
  const utf8String: number = forge.asn1.Type.UTF8
  cert.setSubject([
    { shortName: 'CN', value: content.commonName, valueTagClass: utf8String },
    { shortName: 'O', value: content.organization, valueTagClass: utf8String },
  ])
  return cert
}

function serverExtensions(content: CertificateContent): object[] {
  return [
    { name: 'basicConstraints', cA: false, critical: true },
    { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true },
    { name: 'extKeyUsage', serverAuth: true },
    {
      name: 'subjectAltName',
      altNames: [
        ...content.names.hosts.map(host => ({ type: 2, value: host })),
        ...content.names.addresses.map(address => ({ type: 7, ip: address })),
      ],
    },
  ]
}

/** forge does not decode UTF-8 when it reads a name, but encodes it when it writes one. */
function readableAttributes(cert: forge.pki.Certificate): forge.pki.CertificateField[] {
  const utf8String: number = forge.asn1.Type.UTF8
  return cert.subject.attributes.map(attribute =>
    attribute.valueTagClass === utf8String && typeof attribute.value === 'string'
      ? { ...attribute, value: forge.util.decodeUtf8(attribute.value) }
      : attribute,
  )
}

/**
 * Strict verifiers demand both extensions (openssl -x509_strict, Python 3.13). `authorityKeyId` is a string of bytes.
 */
function keyIdentifiers(authorityKeyId: string): object[] {
  return [{ name: 'subjectKeyIdentifier' }, { name: 'authorityKeyIdentifier', keyIdentifier: authorityKeyId }]
}

function ownKeyId(cert: forge.pki.Certificate): string {
  return cert.generateSubjectKeyIdentifier().getBytes()
}

/** The authority's own key identifier, which can differ from a computed one. */
function issuerKeyId(issuer: forge.pki.Certificate): string {
  const extension: unknown = issuer.getExtension('subjectKeyIdentifier')
  const named = typeof extension === 'object' && extension !== null && 'subjectKeyIdentifier' in extension
  return named ? forge.util.hexToBytes(String(extension.subjectKeyIdentifier)) : ownKeyId(issuer)
}

/** forge reads PKCS#1 and PKCS#8 without a password; node:crypto converts every other form to PKCS#1. */
function forgeKey(key: Secret): forge.pki.rsa.PrivateKey {
  const pkcs1 = createPrivateKey(key.reveal()).export({ type: 'pkcs1', format: 'pem' })
  return forge.pki.privateKeyFromPem(pkcs1.toString())
}

function pem(cert: forge.pki.Certificate, privateKey: forge.pki.rsa.PrivateKey): KeyPair {
  const pkcs1 = forge.pki.privateKeyToPem(privateKey)
  const pkcs8 = createPrivateKey(pkcs1).export({ type: 'pkcs8', format: 'pem' }).toString()
  return { cert: forge.pki.certificateToPem(cert).replaceAll('\r\n', '\n'), key: new Secret(pkcs8) }
}
