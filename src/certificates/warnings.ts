/** Warnings about usable certificates: dates and names that some clients refuse. */
import type { Problem } from '../errors/problem.js'
import type { CertificateDescription } from './describe.js'
import { createCommand, problemAt } from './place.js'

const dayMs = 24 * 60 * 60 * 1000
const soonDays = 14

/** Warns if a certificate from `file` is not valid at `now`, or expires soon; `where` as in problemAt. */
export function dateWarnings(
  description: CertificateDescription,
  file: string,
  where: string | null,
  now: Date,
): Problem[] {
  const { validFrom, validUntil } = description
  if (now > validUntil) {
    return [problemAt(where, file, `expired on ${day(validUntil)}: clients refuse it`, renewal(description, file))]
  }
  if (now < validFrom) {
    const message = `is not valid before ${day(validFrom)}: clients refuse it until then`
    return [problemAt(where, file, message, 'see whether the clock of this machine is right: date')]
  }
  if (daysLeft(validUntil, now) < soonDays) {
    const message = `expires on ${day(validUntil)}, in ${timeLeft(validUntil, now)}`
    return [problemAt(where, file, message, renewal(description, file))]
  }
  return []
}

/** Warns if a server's certificate has only a common name, which Go has refused since 1.15; `where` as in problemAt. */
export function nameWarnings(description: CertificateDescription, file: string, where: string | null): Problem[] {
  if (description.names.length > 0) return []
  const name = /(?:^|, )CN=([\w.-]+)/.exec(description.subject)?.[1]
  const flags = name === undefined ? [] : ['--host', name]
  const message = 'has no subject alternative names: docker and most other clients refuse it'
  return [problemAt(where, file, message, `create one that has them: ${createCommand(file, 'force', ...flags)}`)]
}

/** The time until a valid certificate expires: `90 days`, `1 day`, `less than a day`. */
export function timeLeft(validUntil: Date, now: Date): string {
  const left = daysLeft(validUntil, now)
  if (left < 1) return 'less than a day'
  return left === 1 ? '1 day' : `${left} days`
}

function daysLeft(validUntil: Date, now: Date): number {
  return Math.floor((validUntil.getTime() - now.getTime()) / dayMs)
}

/** `2026-11-21`, in UTC. */
export function day(date: Date): string {
  return date.toISOString().slice(0, 10)
}

function renewal(description: CertificateDescription, file: string): string {
  if (!description.selfSigned && !description.issuer.startsWith('CN=Portcullis CA')) {
    return `renew it where it came from: ${description.issuer}`
  }
  return `renew it with the same --host and --ip as before: ${createCommand(file, 'force')}`
}
