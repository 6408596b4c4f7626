/** `portcullis check`: checks a configuration without starting anything, like `nginx -t`. */
import { type Command, Option } from 'commander'
import { NginxConfRefused } from '../nginx/nginx-conf.js'
import { type LoadedSettings, loadSettings } from '../settings/load.js'
import { checkFiles } from './check-files.js'
import { addConfigurationFlags, readConfigurationFlags } from './configuration-flags.js'
import { paint, printProblems, printWarnings, processTerminal, type Terminal } from './output.js'
import { settingsJson, settingsText } from './print-settings.js'

export function addCheckCommand(program: Command): void {
  const command = program.command('check').description('judge a configuration without starting anything, like nginx -t')
  addConfigurationFlags(command)
    .addOption(
      new Option('--print [form]', 'show the effective settings as well').choices(['text', 'json']).preset('text'),
    )
    .action(() => check(command))
}

async function check(command: Command): Promise<void> {
  const terminal = processTerminal()
  const form: unknown = command.getOptionValue('print')
  const loaded = loadOrReport(command, form === 'json' ? terminal : null)
  const warnings = await checkFiles(loaded)
  if (form === 'json') terminal.out(settingsJson(loaded))
  if (form === 'text') terminal.out(settingsText(loaded))
  if (form !== 'json') printProblems(terminal, [...loaded.notices, ...loaded.ignored], 'notice')
  printWarnings(terminal, warnings)
  terminal.err(`${paint('ok', 'green', terminal.errColour)}: the configuration is valid\n`)
}

/** For a refused nginx.conf, `terminal` still gets the report on each of its directives. */
function loadOrReport(command: Command, terminal: Terminal | null): LoadedSettings {
  try {
    return loadSettings(readConfigurationFlags(command), 'json')
  } catch (error) {
    if (error instanceof NginxConfRefused && terminal !== null) {
      const { problems, directives } = error
      terminal.out(`${JSON.stringify({ problems, directives }, null, 2)}\n`)
    }
    throw error
  }
}
