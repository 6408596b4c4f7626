/** Reads the table of verdicts, which our reader and a real nginx are both held against. */
import { readFileSync } from 'node:fs'

export interface VerdictCase {
  /** Stands within `server`; holds PORT and PORT2 for free ports. */
  readonly body: string
  readonly accepted: boolean
  /** What the first problem says, in part; '' where it is accepted. */
  readonly message: string
  /** nginx judges otherwise, and why. */
  readonly nginxDiffers: string | null
}

const table = new URL('../cases/nginx-conf/verdicts.txt', import.meta.url)

export const verdictCases: readonly VerdictCase[] = readFileSync(table, 'utf8')
  .split(/\n\n+/)
  .map(paragraph => paragraph.trim().split('\n'))
  .filter(lines => lines[0] !== '' && !lines[0]?.startsWith('#'))
  .map(lines => {
    const nginx = lines.findIndex(line => line.startsWith('nginx: '))
    const verdict = lines.findIndex(line => /^(accepted$|refused: )/.test(line))
    const line = lines[verdict] ?? ''
    if (verdict < 1) throw new Error(`no verdict: ${lines.join(' ')}`)
    return {
      body: lines.slice(0, verdict).join('\n'),
      accepted: line === 'accepted',
      message: line.replace(/^(accepted|refused: )/, ''),
      nginxDiffers: nginx < 0 ? null : (lines[nginx] ?? ''),
    }
  })

/** The complete file of a case. */
export function fileOf(body: string, port: number, port2: number): string {
  const text = body.replaceAll('PORT2', String(port2)).replaceAll('PORT', String(port))
  return `events {}\nhttp {\n  server {\n    listen 127.0.0.1:${port};\n${text}\n  }\n}\n`
}
