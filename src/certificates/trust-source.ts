/** Finds the file that clients must trust, and the names under which they reach the registry. */
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
  /** Holds one certificate and nothing else, so that it can be copied to clients. */
  readonly file: string
  readonly anchor: TrustAnchor
  /** Hosts that the certificate is made for and that mean the same on other machines; perhaps none. */
  readonly hosts: readonly string[]
}

/** From a folder: its ca.pem, or its cert.pem. Throws ProblemsFound where neither of them can be what clients trust. */
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
  refuseMore(file, text)
  return { file, anchor, hosts: describeCertificate(own.toString()).names.filter(meansTheSameElsewhere) }
}

/** From the file of an authority, or of a certificate that signed itself. Throws ProblemsFound where it holds anything else. */
export async function trustInFile(file: string): Promise<TrustSource> {
  const text = await readText(file, 'name the file of the authority, or of a certificate that signed itself')
  const problems: Problem[] = []
  const [own] = readCertificates({ cert: Buffer.from(text, 'latin1'), certFile: file, where: null }, problems) ?? []
  if (own === undefined) throw new ProblemsFound(problems)
  const { names, selfSigned, isCa, issuer, fingerprint256, validUntil } = describeCertificate(own.toString())
  if (!selfSigned && !isCa) {
    const hint = `name the file of the authority that signed it: ${issuer}`
    throw new ProblemsFound([{ where: file, message: 'is no authority and did not sign itself', hint }])
  }
  refuseMore(file, text)
  const anchor = { pem: own.toString(), kind: isCa ? 'authority' : 'server', fingerprint256, validUntil } as const
  return { file, anchor, hosts: names.filter(meansTheSameElsewhere) }
}

async function readText(file: string, hint?: string): Promise<string> {
  return readFile(file, 'latin1').catch(error => {
    const problem = readProblem(error, file, null)
    throw new ProblemsFound([hint === undefined ? problem : { ...problem, hint }])
  })
}

/** A private key must never go where everybody can read it, and a second certificate would be trusted unseen. */
function refuseMore(file: string, text: string): void {
  const blocks = pemBlocks(text)
  if (blocks.length === 1) return
  const more = blocks.every(isCertificate) ? `${blocks.length} certificates` : 'more than a certificate'
  const hint = `make a file of the first certificate alone: openssl x509 -in ${shellWord(file)} -out trust.pem, and name it with --ca`
  throw new ProblemsFound([{ where: file, message: `holds ${more}, and is to be copied to clients`, hint }])
}

/** Neither `localhost` and bare machine names, nor a pattern, nor an address, nor what Docker Desktop makes up for each machine. */
function meansTheSameElsewhere(name: string): boolean {
  return /^[\w-]+(\.[\w-]+)*\.[a-z][\w-]*$/i.test(name) && name !== 'host.docker.internal'
}
