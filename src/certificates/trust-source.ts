/** Finds the file that clients must trust, and the names of the registry. */
import { readFile } from 'node:fs/promises'
import { type Problem, ProblemsFound } from '../errors/problem.js'
import { findAnchor, type TrustAnchor } from './anchor.js'
import { readCertificates } from './check-pair.js'
import { certificateFiles } from './create-in-folder.js'
import { describeCertificate } from './describe.js'
import { readProblem } from './file-problem.js'
import { isCertificate, pemBlocks } from './pem.js'
import { shellWord } from './place.js'

export interface TrustSource {
  /** Contains exactly one certificate, so it can be copied to clients. */
  readonly file: string
  readonly anchor: TrustAnchor
  /** Hosts of the certificate that mean the same on other machines; may be empty. */
  readonly hosts: readonly string[]
}

/**
 * Returns the ca.pem or the cert.pem of a folder.
 * @throws ProblemsFound if clients can trust neither
 */
export async function trustInFolder(folder: string): Promise<TrustSource> {
  const files = certificateFiles(folder)
  const server = await readText(files.cert)
  const problems: Problem[] = []
  const [own] =
    readCertificates({ cert: Buffer.from(server, 'latin1'), certFile: files.cert, where: null }, problems) ?? []
  if (own === undefined) throw new ProblemsFound(problems)
  const authority = await readFile(files.ca, 'utf8').catch(() => null)
  const anchor = findAnchor(server, authority)
  if (anchor === null) {
    const message = `is signed by another authority: ${own.issuer.split('\n').join(', ')}`
    const hint = 'clients that trust that one need nothing; for others, name its certificate with --ca'
    throw new ProblemsFound([{ where: files.cert, message, hint }])
  }
  const file = anchor.kind === 'authority' ? files.ca : files.cert
  const text = anchor.kind === 'authority' ? authority : server
  if (text === null || !pemBlocks(text).some(block => block.text.trim() === anchor.pem.trim())) {
    const message = text === null ? 'cannot be read' : 'is not the certificate of the authority that signed cert.pem'
    throw new ProblemsFound([{ where: files.ca, message, hint: `it is the last one in ${files.cert}: put it there` }])
  }
  requireOneCertificate(file, text)
  return { file, anchor, hosts: describeCertificate(own.toString()).names.filter(isPortableName) }
}

/**
 * Accepts the file of an authority or of a self-signed certificate.
 * @throws ProblemsFound for any other content
 */
export async function trustInFile(file: string): Promise<TrustSource> {
  const text = await readText(file, 'name the file of the authority, or of a certificate that signed itself')
  const problems: Problem[] = []
  const [own] = readCertificates({ cert: Buffer.from(text, 'latin1'), certFile: file, where: null }, problems) ?? []
  if (own === undefined) throw new ProblemsFound(problems)
  const { names, selfSigned, isCa, issuer, fingerprint256, validUntil } = describeCertificate(own.toString())
  if (!selfSigned && !isCa) {
    const hint = `name the file of the authority that signed it: ${issuer}`
    throw new ProblemsFound([{ where: file, message: 'is neither an authority nor self-signed', hint }])
  }
  requireOneCertificate(file, text)
  const anchor = { pem: own.toString(), kind: isCa ? 'authority' : 'server', fingerprint256, validUntil } as const
  return { file, anchor, hosts: names.filter(isPortableName) }
}

async function readText(file: string, hint?: string): Promise<string> {
  return readFile(file, 'latin1').catch(error => {
    const problem = readProblem(error, file, null)
    throw new ProblemsFound([hint === undefined ? problem : { ...problem, hint }])
  })
}

/**
 * Refuses a private key, which must not be copied to a readable place, and a second certificate, which clients would
 * trust unnoticed.
 */
function requireOneCertificate(file: string, text: string): void {
  const blocks = pemBlocks(text)
  if (blocks.length === 1) return
  const more = blocks.every(isCertificate) ? `${blocks.length} certificates` : 'more than a certificate'
  const hint = `make a file of the first certificate alone: openssl x509 -in ${shellWord(file)} -out trust.pem, and name it with --ca`
  throw new ProblemsFound([{ where: file, message: `holds ${more}, and is to be copied to clients`, hint }])
}

/**
 * Whether a name means the same host on every machine: no `localhost`, no bare machine name, no wildcard, no address,
 * and no name that Docker Desktop defines per machine.
 */
function isPortableName(name: string): boolean {
  return /^[\w-]+(\.[\w-]+)*\.[a-z][\w-]*$/i.test(name) && name !== 'host.docker.internal'
}
