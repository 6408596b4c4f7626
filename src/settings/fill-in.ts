/** Decides what is missing and may be made: only what nobody named, only where it stands in nobody's way. */
import { join } from 'node:path'
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

/** @param exists whether something stands under a path, readable or not */
export function fillIn(
  choices: Choices,
  exists: (path: string) => boolean,
): { readonly plan: Plan; readonly problems: readonly Problem[] } {
  const problems: Problem[] = []
  const named = choices.pair
  const cert = named?.cert.value ?? join(choices.certs, 'cert.pem')
  const key = named?.key.value ?? join(choices.certs, 'key.pem')
  let certificateIn: string | null = null
  if (named === null) {
    const [hasCert, hasKey] = [exists(cert), exists(key)]
    if (!hasCert && !hasKey) certificateIn = choices.certs
    else if (!hasCert || !hasKey) {
      const [there, absent] = hasCert ? [cert, key] : [key, cert]
      problems.push({
        where: absent,
        message: `is missing beside ${there}`,
        hint: `put it there, or make a new pair: create-certs --out ${choices.certs} --force`,
      })
    }
  }
  const usersFile = choices.htpasswd?.value ?? join('auth', 'htpasswd')
  const needsUsers = choices.htpasswd === null && !exists(usersFile)
  if (needsUsers && choices.backend !== 'embedded') {
    problems.push({
      where: choices.backend.where,
      message: `nobody could log in: no htpasswd file is named and ${usersFile} does not exist`,
      hint: `mkdir -p auth && htpasswd -Bbn admin secret > ${usersFile}, or name a file with --htpasswd FILE`,
    })
  }
  return {
    problems,
    plan: {
      cert,
      key,
      certWhere: named?.cert.where ?? cert,
      usersFile,
      usersWhere: choices.htpasswd?.where ?? usersFile,
      storage: choices.backend === 'embedded' ? choices.data : null,
      missing: { certificateIn, usersFile: needsUsers && choices.backend === 'embedded' ? usersFile : null },
    },
  }
}
