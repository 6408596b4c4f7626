/** Says in numbers and names what one state changed against the one before: what the log tells of a reload. */
import { describeCertificate } from '../../certificates/describe.js'
import type { ReloadChanges, UsersChange } from '../../observe/events.js'
import type { Users } from '../../users/htpasswd/users.js'
import type { PairText, ServingState } from '../serving-state.js'

/** @param before null where the file was not in use */
export function usersChange(file: string, before: Users | null, after: Users): UsersChange {
  const old = before?.entries ?? new Map()
  const names = [...after.entries.keys()]
  return {
    file,
    count: names.length,
    added: names.filter(name => !old.has(name)).length,
    removed: [...old.keys()].filter(name => !after.entries.has(name)).length,
    changed: names.filter(name => old.has(name) && old.get(name)?.hash !== after.entries.get(name)?.hash).length,
  }
}

/** When its certificate ends, as an ISO 8601 time in UTC. */
export const validUntil = (pair: PairText): string => describeCertificate(pair.cert).validUntil.toISOString()

interface InForce {
  readonly state: ServingState
  readonly urls: readonly string[]
}

/** Files whose users and certificates that stayed the same are left out. */
export function reloadChanges(before: InForce, after: InForce): ReloadChanges {
  const users = [...after.state.users].map(([file, now]) =>
    usersChange(file, before.state.users.get(file) ?? null, now),
  )
  const certificates = [...after.state.pairs].filter(([name, pair]) => before.state.pairs.get(name)?.cert !== pair.cert)
  return {
    users: users.filter(change => change.added + change.removed + change.changed > 0),
    certificates: certificates.map(([name, pair]) => ({ file: certFileOf(name), validUntil: validUntil(pair) })),
    opened: after.urls.filter(url => !before.urls.includes(url)),
    closed: before.urls.filter(url => !after.urls.includes(url)),
  }
}

/** From its pairName. */
const certFileOf = (name: string): string => {
  const [cert]: unknown[] = JSON.parse(name)
  return String(cert)
}
