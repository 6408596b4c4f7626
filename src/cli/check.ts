/** `portcullis check`: judges a configuration without starting anything, like `nginx -t`. */
import { type Command, Option } from 'commander'
import { loadSettings } from '../settings/load.js'
import { addConfigurationFlags, readConfigurationFlags } from './configuration-flags.js'
import { judgeFiles } from './judge-files.js'
import { paint, printProblems, printWarnings, processTerminal } from './output.js'
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
  const loaded = loadSettings(readConfigurationFlags(command), 'json')
  const warnings = await judgeFiles(loaded)
  const form: unknown = command.getOptionValue('print')
  if (form === 'json') terminal.out(settingsJson(loaded))
  if (form === 'text') terminal.out(settingsText(loaded))
  if (form !== 'json') printProblems(terminal, loaded.notices, 'notice')
  printWarnings(terminal, warnings)
  terminal.err(`${paint('ok', 'green', terminal.errColour)}: the configuration is valid\n`)
}
