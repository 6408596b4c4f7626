/** Creates cert.pem and key.pem in a folder, self-signed or signed by the folder's authority. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ProblemsFound } from '../errors/problem.js'
import { loadAuthority } from './authority.js'
import { createCertificates } from './create.js'
import { type CertificateDescription, describeCertificate } from './describe.js'
import type { KeyAlgorithm } from './model.js'
import type { CertificateNames } from './names.js'
import { type NewFile, refuseExisting, writeCertificates } from './write.js'

export interface FolderRequest {
  readonly folder: string
  readonly names: CertificateNames
  /** Null uses the authority's algorithm, or ECDSA. */
  readonly algorithm: KeyAlgorithm | null
  /** Days from `now` until the certificate expires. */
  readonly days: number
  /** Whether to sign with an authority, which is created if the folder has none. An existing authority always signs. */
  readonly authority: boolean
  /** Whether to replace cert.pem and key.pem. An authority is never replaced. */
  readonly force: boolean
  readonly now: Date
}

export interface FolderResult {
  readonly certFile: string
  readonly keyFile: string
  /** The file that clients must trust: ca.pem, or cert.pem itself. */
  readonly trustFile: string
  readonly authority: 'none' | 'created' | 'reused'
  readonly description: CertificateDescription
}

/** The paths of the certificate files in a folder. */
export function certificateFiles(folder: string): { cert: string; key: string; ca: string; caKey: string } {
  return {
    cert: join(folder, 'cert.pem'),
    key: join(folder, 'key.pem'),
    ca: join(folder, 'ca.pem'),
    caKey: join(folder, 'ca-key.pem'),
  }
}

/**
 * Creates all files or none.
 * @throws ProblemsFound if files exist and `force` is false, if the folder's authority is unusable or has another
 *   algorithm than requested, or if the folder is not writable
 */
export async function createInFolder(request: FolderRequest): Promise<FolderResult> {
  const files = certificateFiles(request.folder)
  if (!request.force) await refuseExisting([files.cert, files.key])
  const wanted = request.authority || existsSync(files.ca) || existsSync(files.caKey)
  const kept = wanted ? await loadAuthority(files.ca, files.caKey, request.now) : null
  if (kept !== null && request.algorithm !== null && kept.algorithm !== request.algorithm) {
    throw new ProblemsFound([
      {
        where: '--algorithm',
        message: `${request.algorithm} does not fit the authority in ${files.ca}, whose key is ${kept.algorithm}`,
        hint: 'leave --algorithm out, or choose another folder with --out',
      },
    ])
  }

  const made = await createCertificates({
    names: request.names,
    algorithm: kept?.algorithm ?? request.algorithm ?? 'ecdsa',
    days: request.days,
    now: request.now,
    signer: kept ?? (wanted ? 'new-authority' : 'itself'),
  })
  const pair: NewFile[] = [
    { path: files.key, content: made.key },
    { path: files.cert, content: made.cert },
  ]
  const authority: NewFile[] =
    kept === null && made.authority !== null
      ? [
          { path: files.caKey, content: made.authority.key },
          { path: files.ca, content: made.authority.cert },
        ]
      : []
  await writeCertificates([...authority, ...pair], request.force)
  return {
    certFile: files.cert,
    keyFile: files.key,
    trustFile: made.authority === null ? files.cert : files.ca,
    authority: made.authority === null ? 'none' : kept === null ? 'created' : 'reused',
    description: describeCertificate(made.cert),
  }
}
