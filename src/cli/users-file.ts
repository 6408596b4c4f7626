/** Which htpasswd file the commands on users mean: the one that `serve` would read in the same folder. */
import { type Command, Option } from 'commander'
import { ProblemsFound } from '../errors/problem.js'
import { readYaml } from '../settings/read-yaml.js'

const settingsFile = 'portcullis.yaml'

/** Adds --htpasswd. */
export function addFileOption(command: Command): Command {
  const text = `the users (default: what ./${settingsFile} names, or auth/htpasswd)`
  return command.addOption(new Option('--htpasswd <file>', text).env('PORTCULLIS_HTPASSWD'))
}

/** The flag, PORTCULLIS_HTPASSWD, ./portcullis.yaml or auth/htpasswd. Throws ProblemsFound where a settings file has mistakes. */
export function chooseFile(command: Command): string {
  const said: unknown = command.getOptionValue('htpasswd')
  if (typeof said === 'string' && said !== '') return said
  if (said === '' && command.getOptionValueSource('htpasswd') !== 'env') {
    throw new ProblemsFound([{ where: '--htpasswd', message: 'names no file' }])
  }
  const { draft, problems } = readYaml(null)
  if (problems.length > 0) {
    const unknown = {
      where: settingsFile,
      message: 'does not say which users file is meant',
      hint: 'mend it, or name the file with --htpasswd FILE',
    }
    throw new ProblemsFound([...problems, unknown])
  }
  return draft.htpasswd?.value ?? 'auth/htpasswd'
}
