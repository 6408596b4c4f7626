/** Judges everything that a configuration names and that exists already; what a first start would make is not missed. */
import { defaultNames } from '../certificates/default-names.js'
import { Collector } from '../errors/collect.js'
import { type Problem, ProblemsFound } from '../errors/problem.js'
import { loadUsers } from '../htpasswd/load.js'
import { loadCertificates } from '../server/load-certificates.js'
import { usersFiles } from '../server/users-files.js'
import type { LoadedSettings } from '../settings/load.js'

/**
 * @returns what is no mistake, but worth a look
 * @throws ProblemsFound with the mistakes of all files
 */
export async function judgeFiles({ settings, plan, hosts }: LoadedSettings): Promise<readonly Problem[]> {
  const collector = new Collector()
  const warnings: Problem[] = []
  if (plan === null || plan.missing.certificateIn === null) {
    const certificates = await collector.try(() => loadCertificates(settings.listeners, new Date()))
    warnings.push(...(certificates?.warnings ?? []))
  } else {
    for (const { value, where } of hosts) await collector.try(() => judgeHost(value, where))
  }
  for (const { file, where } of usersFiles(settings.listeners)) {
    if (file === plan?.missing.usersFile) continue
    const users = await collector.try(() => loadUsers(file, where))
    warnings.push(...(users?.problems ?? []))
  }
  if (collector.found) throw collector.asError()
  return warnings
}

/** A name that cannot stand in a certificate, told at the place that says it. */
function judgeHost(value: string, where: string): void {
  try {
    defaultNames({ hosts: [value], ips: [] })
  } catch (error) {
    if (!(error instanceof ProblemsFound)) throw error
    throw new ProblemsFound(error.problems.map(problem => ({ ...problem, where })))
  }
}
