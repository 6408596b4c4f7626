/** docs/options.md, made from the table of options. */
import { environmentName, headings, isNever } from '../../src/settings/options/option.js'
import { optionNames } from '../../src/settings/options/parse-options.js'
import { type OptionName, options } from '../../src/settings/options/table.js'

const introduction = `# Options

This page is made from the table of options; a test compares them.

Every option can be given in three ways: as a flag of \`serve\`, \`check\` and \`access test\`, as a variable of the environment, and as a
key of \`portcullis.yaml\`. A flag wins over the environment, the environment over the file, and the file over the default.
\`portcullis check --print\` shows what is in force and where it was said; \`--print json\` is for programs.

- A variable is named after its flag: \`PORTCULLIS_\`, capitals, and \`_\` for each hyphen. An empty one counts as not set.
- A key with a dot stands in a section: \`log.level\` is written as \`log: { level: warn }\`.
- A list is a list in YAML. As a flag it is repeated or separated by commas, in the environment by commas or blanks.
- \`off\` turns off a section: \`--login-limits off\`, and \`login_limits: off\` in the file. \`token: {}\` in the file is \`--token on\`.
- \`backend_login\` is written in a flag as in the file: \`--backend-login '{ username: robot, password_file: FILE }'\`.
- *nginx.conf* says whether an option may stand beside \`--nginx-conf\`; \`no\` means that the nginx.conf decides it.
- *SIGHUP* says whether a reload can change it in the file. One that takes a restart refuses the reload.

[portcullis.schema.json](portcullis.schema.json) describes the file for editors. Many of them read it from a first line like this one:

\`\`\`
# yaml-language-server: $schema=./portcullis.schema.json
\`\`\`
`

const head = '| key | flag | value | default | nginx.conf | SIGHUP | what it is |\n|---|---|---|---|---|---|---|'

/** Markdown. */
export function optionsPage(): string {
  const parts = headings.map(heading => {
    const rows = optionNames.filter(name => options[name].heading === heading).map(row)
    return `## ${heading.charAt(0).toUpperCase()}${heading.slice(1)}\n\n${head}\n${rows.join('\n')}\n`
  })
  const variables = optionNames.flatMap(name => {
    const { flag } = options[name]
    return isNever(flag) ? [] : [`\`${environmentName(flag)}\``]
  })
  return `${introduction}\n${parts.join('\n')}\n## Variables\n\n${variables
    .join(', ')
    .replace(/((?:[^,]+, ){3})/g, '$1\n')
    .replaceAll(', \n', ',\n')}\n`
}

function row(name: OptionName): string {
  const { file, flag, type, default: defaultValue, besideNginxConf, reload, help } = options[name]
  const value = type.kind === 'list' ? `list of ${type.item.placeholder}` : type.placeholder
  const cells = [
    isNever(file) ? `none: ${file.never}` : `\`${file}\``,
    isNever(flag) ? `none: ${flag.never}` : `\`--${flag}\``,
    value,
    defaultValue.text,
    besideNginxConf === true ? 'yes' : 'no',
    isNever(file) ? '–' : reload === 'live' ? 'yes' : 'restart',
    help,
  ]
  return `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`
}
