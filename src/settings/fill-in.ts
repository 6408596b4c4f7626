/** Decides what is missing and may be made: only what nobody named, only where it stands in nobody's way. */
import { dirname, join } from 'node:path'
import type { Problem } from '../errors/problem.js'
import type { Choices } from './validate.js'

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
  obstacleToWriting(folder: string): string | null
}

/** @returns the plan, and every reason why it cannot be carried out */
export function fillIn(
  choices: Choices,
  { exists, obstacleToWriting }: Disk,
): { readonly plan: Plan; readonly problems: readonly Problem[] } {
  const problems: Problem[] = []
  const named = choices.pair
  const cert = named?.cert.value ?? join(choices.certs.value, 'cert.pem')
  const key = named?.key.value ?? join(choices.certs.value, 'key.pem')
  let certificateIn: string | null = null
  if (named === null) {
    const [hasCert, hasKey] = [exists(cert), exists(key)]
    if (!hasCert && !hasKey) certificateIn = choices.certs.value
    else if (!hasCert || !hasKey) {
      const [there, absent] = hasCert ? [cert, key] : [key, cert]
      problems.push({
        where: absent,
        message: `is missing beside ${there}`,
        hint: `put it there, or make a new pair: create-certs --out ${choices.certs.value} --force`,
      })
    }
  }
  const usersFile = choices.htpasswd?.value ?? join('auth', 'htpasswd')
  const needsUsers = choices.htpasswd === null && !exists(usersFile)
  if (needsUsers && choices.backend !== 'embedded') {
    problems.push({
      where: choices.backend.where,
      message: `nobody could log in: no htpasswd file is named and ${usersFile} does not exist`,
      hint: `create one with: portcullis users add admin --htpasswd ${usersFile}, or name another with --htpasswd FILE`,
    })
  }
  const makesUsers = needsUsers && choices.backend === 'embedded'
  const writes: { readonly folder: string; readonly where: string; readonly instead: string }[] = []
  if (certificateIn !== null)
    writes.push({ folder: certificateIn, where: choices.certs.where, instead: 'another folder with --certs DIR' })
  if (makesUsers)
    writes.push({
      folder: dirname(usersFile),
      where: usersFile,
      instead: 'a users file that is there with --htpasswd FILE',
    })
  if (choices.backend === 'embedded')
    writes.push({ folder: choices.data.value, where: choices.data.where, instead: 'another folder with --data DIR' })
  for (const { folder, where, instead } of writes) {
    const message = obstacleToWriting(folder)
    if (message !== null) problems.push({ where, message, hint: `clear the way, or name ${instead}` })
  }
  return {
    problems,
    plan: {
      cert,
      key,
      certWhere: named === null ? cert : bothPlaces(named.cert.where, named.key.where),
      usersFile,
      usersWhere: choices.htpasswd?.where ?? usersFile,
      storage: choices.backend === 'embedded' ? choices.data.value : null,
      missing: { certificateIn, usersFile: makesUsers ? usersFile : null },
    },
  }
}

/** Of a certificate and its key, for a problem that may be either's. In a file they are one setting. */
const bothPlaces = (cert: string, key: string) => (/:\d+$/.test(cert) ? cert : `${cert} and ${key}`)
