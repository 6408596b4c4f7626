/** Checks a certificate file and a key file against each other at a given moment. */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import type { Problem } from '../errors/problem.js'
import { Secret } from '../errors/secret.js'
import { type CertificateDescription, describeCertificate } from './describe.js'
import { isCertificate, isEncrypted, isPrivateKey, type PemBlock, pemBlocks } from './pem.js'
import { createCommand, problemAt, shellWord } from './place.js'
import { dateWarnings, nameWarnings } from './warnings.js'

export interface PairFiles {
  readonly certFile: string
  /** The content; null if the file could not be read and the caller has already reported that. */
  readonly cert: Buffer | null
  readonly keyFile: string
  readonly key: Buffer | null
  /** As in problemAt. */
  readonly where: string | null
}

/** A pair that OpenSSL accepts for TLS. */
export interface CheckedPair {
  /** The certificates of the file as PEM, the server's own first. */
  readonly cert: string
  /** The private key, PEM. */
  readonly key: Secret
  readonly description: CertificateDescription
}

export interface PairResult {
  /** Null if there is a problem or a file could not be read. */
  readonly pair: CheckedPair | null
  readonly problems: readonly Problem[]
  readonly warnings: readonly Problem[]
}

/** Checks a pair. Dates produce only warnings: an expired certificate is still served, as nginx does. */
export function checkPair(files: PairFiles, now: Date): PairResult {
  const problems: Problem[] = []
  const certificates = readCertificates(files, problems)
  const key = readKey(files, problems)
  const own = certificates?.[0]
  if (certificates === null || own === undefined || key === null) return { pair: null, problems, warnings: [] }

  const mismatch = keyProblem(certificates, key, files)
  if (mismatch !== null) return { pair: null, problems: [mismatch], warnings: [] }
  const pair = {
    cert: certificates.map(certificate => certificate.toString()).join(''),
    key: new Secret(key.text),
    description: describeCertificate(own.toString()),
  }
  const unusable = tlsProblem(pair, files)
  if (unusable !== null) return { pair: null, problems: [unusable], warnings: [] }
  const { certFile, where } = files
  const dates = dateWarnings(pair.description, certFile, where, now)
  return { pair, problems: [], warnings: [...dates, ...nameWarnings(pair.description, certFile, where)] }
}

/** Returns the certificates of a file; null after it has reported a problem. */
export function readCertificates(
  files: Pick<PairFiles, 'cert' | 'certFile' | 'where'>,
  problems: Problem[],
): X509Certificate[] | null {
  const { cert: content, certFile: file, where } = files
  if (content === null) return null
  const report = (message: string, hint?: string) => {
    problems.push(problemAt(where, file, message, hint))
    return null
  }
  const blocks = pemBlocks(content.toString('latin1'))
  const certificates = blocks.filter(isCertificate)
  if (certificates.length > 0) {
    try {
      return certificates.map(block => new X509Certificate(block.text))
    } catch {
      return report('holds a certificate that is damaged', `look at it with: openssl x509 -text -in ${shellWord(file)}`)
    }
  }
  if (content.length === 0) return report('is empty', `create a pair with: ${createCommand(file, 'force')}`)
  if (blocks.some(isPrivateKey)) {
    return report('holds a private key, not a certificate', 'perhaps certificate and key were swapped')
  }
  if (blocks.some(block => block.label.endsWith('CERTIFICATE REQUEST'))) {
    return report('holds a request for a certificate, not the certificate', 'use what the authority sent back')
  }
  if (isDerCertificate(content)) {
    const name = shellWord(file)
    return report(
      'is in the binary form (DER)',
      `turn it into PEM, and use that: openssl x509 -inform DER -in ${name} -out ${name}.pem`,
    )
  }
  return report('holds no certificate', 'it must have a block that begins with -----BEGIN CERTIFICATE-----')
}

function readKey(files: PairFiles, problems: Problem[]): PemBlock | null {
  const { key: content, keyFile: file, where } = files
  if (content === null) return null
  const report = (message: string, hint: string) => {
    problems.push(problemAt(where, file, message, hint))
    return null
  }
  const blocks = pemBlocks(content.toString('latin1'))
  const key = blocks.find(isPrivateKey)
  if (key !== undefined) {
    const name = shellWord(file)
    if (isEncrypted(key)) {
      const command = `umask 077; openssl pkey -in ${name} -out key-plain.pem`
      return report('is encrypted with a password', `decrypt it, and use the result: ${command}`)
    }
    if (parsePrivateKey(key) === null)
      return report('holds a key that is damaged', `look at it with: openssl pkey -noout -text -in ${name}`)
    return key
  }
  if (content.length === 0) return report('is empty', `create a pair with: ${createCommand(file, 'force')}`)
  if (blocks.some(isCertificate)) {
    return report('holds a certificate, not a private key', 'perhaps certificate and key were swapped')
  }
  return report('holds no private key', 'it must have a block that begins with -----BEGIN PRIVATE KEY-----')
}

function keyProblem(certificates: readonly X509Certificate[], key: PemBlock, files: PairFiles): Problem | null {
  const privateKey = createPrivateKey(key.text)
  const match = certificates.findIndex(certificate => certificate.checkPrivateKey(privateKey))
  if (match === 0) return null
  if (match > 0) {
    const hint = `move the certificate number ${match + 1} of the file to its top, then those that signed it`
    return problemAt(files.where, files.certFile, 'does not begin with the certificate of the server', hint)
  }
  const hint = `use the key that belongs to it, or create a new pair with: ${createCommand(files.certFile, 'force')}`
  return problemAt(files.where, files.keyFile, `is not the key of the certificate in ${files.certFile}`, hint)
}

/** Only OpenSSL can detect keys that are too short and digests that are too weak. */
function tlsProblem(pair: CheckedPair, files: PairFiles): Problem | null {
  try {
    createSecureContext({ cert: pair.cert, key: pair.key.reveal() })
    return null
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^error:[^:]*:[^:]*:[^:]*:/, '') : String(error)
    const hint = `create a new pair with: ${createCommand(files.certFile, 'force')}`
    return problemAt(files.where, files.certFile, `cannot be used for TLS: ${reason}`, hint)
  }
}

function parsePrivateKey(block: PemBlock): ReturnType<typeof createPrivateKey> | null {
  try {
    return createPrivateKey(block.text)
  } catch {
    return null
  }
}

function isDerCertificate(content: Buffer): boolean {
  try {
    return new X509Certificate(content).raw.length > 0
  } catch {
    return false
  }
}
