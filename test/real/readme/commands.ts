/** The commands that the README and CONTRIBUTING tell people to type. */
import { readFileSync } from 'node:fs'

/** Every line of every block of commands, in order; a comment behind a command is left out. Blocks in a language of their own are none. */
export function documentedCommands(file: string): readonly string[] {
  const text = readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8')
  const fenced = [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)]
    .filter(([, language = '']) => ['', 'sh', 'bash', 'console', 'shell'].includes(language))
    .flatMap(([, , block = '']) => block.split('\n'))
  const indented = text
    .replace(/^```[\s\S]*?^```$/gm, '')
    .split('\n')
    .filter(line => line.startsWith('    '))
  return [...indented, ...fenced].map(line => line.replace(/\s+#.*$/, '').trim()).filter(line => line !== '')
}
