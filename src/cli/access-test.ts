/** `portcullis access test`: tells whether a request would be allowed, and by which rule. */
import { Command } from 'commander'
import { compilePolicy } from '../access/compile-policy.js'
import { decide } from '../access/decide.js'
import { explainVerdict } from '../access/explain.js'
import { type AccessAction, accessActions } from '../access/model.js'
import { patternError } from '../access/pattern.js'
import { type Problem, ProblemsFound } from '../errors/problem.js'
import { nearest } from '../nginx/language/nearest.js'
import { isRepositoryName } from '../registry-api/names.js'
import { usersFiles } from '../server/users-files.js'
import { type LoadedSettings, loadSettings } from '../settings/load.js'
import { addConfigurationFlags, readConfigurationFlags } from './configuration-flags.js'
import { processTerminal } from './output.js'
import { AnswerIsNo } from './run-program.js'
import { readUsers } from './users-list.js'

/** The command `test`; exit code 0 for allowed, 1 for denied. */
export function accessTestCommand(): Command {
  const command = new Command('test')
    .description('Tell whether a user may do something, and which rule decides: exit code 0 if allowed, 1 if denied.')
    .argument('<user>', 'a name, or anonymous for a client without a login')
    .argument('<action>', accessActions.join(', '))
    .argument('<repository>', 'such as team/app')
  return addConfigurationFlags(command).action(async (user: string, action: string, repository: string) => {
    const question = readQuestion(user, action, repository)
    const { allowed, text } = await answer(question, loadSettings(readConfigurationFlags(command), 'json'))
    processTerminal().out(`${allowed ? 'allowed' : 'denied'}: ${text}\n`)
    if (!allowed) throw new AnswerIsNo()
  })
}

interface Question {
  /** null: anonymous. */
  readonly user: string | null
  readonly action: AccessAction
  readonly repository: string
}

function readQuestion(user: string, actionName: string, repository: string): Question {
  const problems: Problem[] = []
  const action = accessActions.find(known => known === actionName)
  if (action === undefined) {
    const meant = nearest(actionName, accessActions)
    const hint = meant === null ? `choose one of: ${accessActions.join(', ')}` : `did you mean ${meant}?`
    problems.push({ where: 'ACTION', message: `"${actionName}" is no action`, hint })
  }
  if (!isRepositoryName(repository)) {
    const hint = patternError(repository)?.hint ?? 'name one repository, without wildcards: team/app'
    problems.push({ where: 'REPOSITORY', message: `"${repository}" is no name of a repository`, hint })
  }
  if (action === undefined || problems.length > 0) throw new ProblemsFound(problems)
  return { user: user === 'anonymous' ? null : user, action, repository }
}

async function answer(
  { user, action, repository }: Question,
  { settings, plan }: LoadedSettings,
): Promise<{ readonly allowed: boolean; readonly text: string }> {
  const unknownIn =
    user === null ? null : await filesWithoutUser(user, settings.listeners, plan?.missing.usersFile ?? null)
  if (unknownIn !== null) return { allowed: false, text: `there is no user "${user}" in ${unknownIn}` }
  if (settings.access === null) {
    if (user === null && plan !== null)
      return { allowed: false, text: 'there are no access rules, so a login is required' }
    const who = plan === null ? 'every client that the nginx.conf admits' : 'every known user'
    return { allowed: true, text: `there are no access rules, so ${who} may do everything` }
  }
  const policy = compilePolicy(settings.access)
  const verdict = decide(policy, user, repository, action)
  const text = explainVerdict(user, action, repository, verdict)
  const pull = decide(policy, user, repository, 'pull')
  if (!verdict.allowed || pull.allowed || !needsPull.has(action)) return { allowed: verdict.allowed, text }
  return {
    allowed: false,
    text: `${explainVerdict(user, 'pull', repository, pull)}, and a push needs pull as well`,
  }
}

/** A client asks for existing content before it pushes (OCI distribution-spec 1.1, "Push"). */
const needsPull: ReadonlySet<AccessAction> = new Set(['push', 'overwrite'])

/** Names the files that were searched without finding the user; null if a file has the user. */
async function filesWithoutUser(
  user: string,
  listeners: LoadedSettings['settings']['listeners'],
  missing: string | null,
): Promise<string | null> {
  const files = usersFiles(listeners).map(({ file }) => file)
  for (const file of files) {
    if (file !== missing && (await readUsers(file)).entries.has(user)) return null
  }
  return files.length === 0 ? 'any file' : files.join(' or ')
}
