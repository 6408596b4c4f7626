/** Checks all existing files that a configuration names. Files that a first run would create may be missing. */
import { findDeadRules, type KnownUsers } from '../access/dead-rules.js'
import { defaultNames } from '../certificates/default-names.js'
import { Collector } from '../errors/collect.js'
import { type Problem, ProblemsFound } from '../errors/problem.js'
import { loadFiles } from '../server/serving-state.js'
import type { LoadedSettings } from '../settings/load.js'
import type { ParsedHtpasswd } from '../users/htpasswd/parse.js'

/**
 * @returns warnings
 * @throws ProblemsFound with the mistakes of all files
 */
export async function checkFiles({ settings, plan, hosts }: LoadedSettings): Promise<readonly Problem[]> {
  const collector = new Collector()
  const willBeMade: string[] = []
  if (plan?.missing.usersFile != null) willBeMade.push(plan.missing.usersFile)
  if (plan?.missing.certificateIn != null) willBeMade.push(plan.cert)
  for (const { value, where } of hosts) await collector.try(() => checkHost(value, where))
  const files = await collector.try(() => loadFiles(settings, new Date(), willBeMade))
  if (collector.found) throw collector.asError()
  const users = plan?.missing.usersFile != null || files === null ? null : knownUsers(files.users)
  const dead = settings.access === null ? [] : findDeadRules(settings.access, users)
  return [...(files?.warnings ?? []), ...dead]
}

function knownUsers(files: ReadonlyMap<string, ParsedHtpasswd>): KnownUsers {
  return {
    names: new Set([...files.values()].flatMap(({ entries }) => [...entries.keys()])),
    file: [...files.keys()].join(' or '),
  }
}

/** Reports an invalid host name at the place that configures it. Tokens are issued for these names as well. */
function checkHost(value: string, where: string): void {
  try {
    defaultNames({ hosts: [value], ips: [] })
  } catch (error) {
    if (!(error instanceof ProblemsFound)) throw error
    throw new ProblemsFound(error.problems.map(problem => ({ ...problem, where })))
  }
}
