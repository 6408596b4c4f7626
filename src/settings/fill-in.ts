/** Decides what is missing and may be created: only what no option names, and only if nothing is in the way. */
import { dirname, join } from 'node:path'
import type { Problem } from '../errors/problem.js'
import type { Options } from './options/parse-options.js'

/** The paths of all parts, including those that a first run must create. */
export interface Plan {
  readonly cert: string
  readonly key: string
  readonly certWhere: string
  readonly usersFile: string
  readonly usersWhere: string
  /** Folder of the embedded registry; null with another backend. */
  readonly storage: string | null
  readonly missing: {
    /** The folder in which to create cert.pem and key.pem. */
    readonly certificateIn: string | null
    readonly usersFile: string | null
  }
}

/** Queries to the file system. */
export interface Disk {
  /** Whether a path exists, readable or not. */
  exists(path: string): boolean
  /** The reason why a folder cannot be written to or created, as a clause; null if it can. */
  notWritableReason(folder: string): string | null
}

export type FillInOptions = Pick<Options, 'cert' | 'key' | 'certs' | 'htpasswd' | 'backend' | 'data'>

/** @returns the plan, and every reason why it cannot be carried out */
export function fillIn(
  options: FillInOptions,
  { exists, notWritableReason }: Disk,
): { readonly plan: Plan; readonly problems: readonly Problem[] } {
  const problems: Problem[] = []
  const { certs, htpasswd, backend, data } = options
  const named = pairOf(options)
  const cert = named?.cert ?? join(certs.value, 'cert.pem')
  const key = named?.key ?? join(certs.value, 'key.pem')
  let certificateIn: string | null = null
  if (named === null) {
    const [hasCert, hasKey] = [exists(cert), exists(key)]
    if (!hasCert && !hasKey) certificateIn = certs.value
    else if (!hasCert || !hasKey) {
      const [there, absent] = hasCert ? [cert, key] : [key, cert]
      problems.push({
        where: absent,
        message: `is missing beside ${there}`,
        hint: `put it there, or make a new pair: create-certs --out ${certs.value} --force`,
      })
    }
  }
  const usersFile = htpasswd.value ?? join('auth', 'htpasswd')
  const embedded = isEmbedded(backend.value)
  const needsUsers = htpasswd.value === null && !exists(usersFile)
  if (needsUsers && !embedded) {
    problems.push({
      where: backend.where,
      message: `no login would be possible: no htpasswd file is named and ${usersFile} does not exist`,
      hint: `create one with: portcullis users add admin --htpasswd ${usersFile}, or name another with --htpasswd FILE`,
    })
  }
  const makesUsers = needsUsers && embedded
  const writes: { readonly folder: string; readonly where: string; readonly instead: string }[] = []
  if (certificateIn !== null)
    writes.push({ folder: certificateIn, where: certs.where, instead: 'another folder with --certs DIR' })
  if (makesUsers)
    writes.push({
      folder: dirname(usersFile),
      where: usersFile,
      instead: 'a users file that is there with --htpasswd FILE',
    })
  if (embedded) writes.push({ folder: data.value, where: data.where, instead: 'another folder with --data DIR' })
  for (const { folder, where, instead } of writes) {
    const message = notWritableReason(folder)
    if (message !== null) problems.push({ where, message, hint: `clear the way, or name ${instead}` })
  }
  return {
    problems,
    plan: {
      cert,
      key,
      certWhere: named?.where ?? cert,
      usersFile,
      usersWhere: htpasswd.where,
      storage: embedded ? data.value : null,
      missing: { certificateIn, usersFile: makesUsers ? usersFile : null },
    },
  }
}

/** Whether the registry is the embedded one. */
export const isEmbedded = (backend: string) => backend.toLowerCase() === 'embedded'

/** The configured certificate and key; null if they are in the folder of `certs`. In a file they are one setting. */
function pairOf({ cert, key }: FillInOptions) {
  if (cert.value === null || key.value === null) return null
  const where = cert.from === 'file' ? cert.where : `${cert.where} and ${key.where}`
  return { cert: cert.value, key: key.value, where }
}
