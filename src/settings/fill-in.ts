/** Decides what is missing and may be made: only what no option names, and only where nothing is in the way. */
import { dirname, join } from 'node:path'
import type { Problem } from '../errors/problem.js'
import type { Options } from './options/parse-options.js'

/** Where everything is, or will be once what is missing has been made. */
export interface Plan {
  readonly cert: string
  readonly key: string
  readonly certWhere: string
  readonly usersFile: string
  readonly usersWhere: string
  /** Folder of the embedded registry; null with a backend elsewhere. */
  readonly storage: string | null
  readonly missing: {
    /** The folder in which cert.pem and key.pem are to be made. */
    readonly certificateIn: string | null
    readonly usersFile: string | null
  }
}

/** How the disk looks. */
export interface Disk {
  /** Whether something stands under a path, readable or not. */
  exists(path: string): boolean
  /** Why nothing can be written to a folder, existing or not, as a clause; null where nothing is in the way. */
  reasonAgainstWriting(folder: string): string | null
}

export type FillInOptions = Pick<Options, 'cert' | 'key' | 'certs' | 'htpasswd' | 'backend' | 'data'>

/** @returns the plan, and every reason why it cannot be carried out */
export function fillIn(
  options: FillInOptions,
  { exists, reasonAgainstWriting }: Disk,
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
      message: `nobody could log in: no htpasswd file is named and ${usersFile} does not exist`,
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
    const message = reasonAgainstWriting(folder)
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

/** Whether the registry is the gate's own. */
export const isEmbedded = (backend: string) => backend.toLowerCase() === 'embedded'

/** A certificate and its key that were named; null where the folder of `certs` has them. In a file they are one setting. */
function pairOf({ cert, key }: FillInOptions) {
  if (cert.value === null || key.value === null) return null
  const where = cert.from === 'file' ? cert.where : `${cert.where} and ${key.where}`
  return { cert: cert.value, key: key.value, where }
}
