/** Reads the table of layouts, which our routing and a real nginx are both held against. */
import { readFileSync } from 'node:fs'

export interface RoutingCase {
  readonly method: string
  readonly target: string
  /** `200 text`, `301 -> /path`, `backend /path`, `404` */
  readonly outcome: string
}

export interface Layout {
  readonly name: string
  /** The body of a server, BACKEND replaced. */
  body(backend: string): string
  readonly cases: readonly RoutingCase[]
}

/** What every request of the table carries. */
export const requestHeaders = {
  host: 'h.local',
  'user-agent': 'table/1',
  cookie: 'b=x; c=cookie',
  'x-one': 'one',
  authorization: `Basic ${Buffer.from('alice:wrong').toString('base64')}`,
} as const

const table = readFileSync(new URL('../cases/nginx-conf/routing.txt', import.meta.url), 'utf8')

export const layouts: readonly Layout[] = table
  .split(/^layout /m)
  .slice(1)
  .map(section => {
    const [name = '', ...lines] = section.split('\n')
    const isCase = (line: string) => /^(GET|HEAD|POST|PUT) \S+ -> /.test(line)
    const body = lines.filter(line => !isCase(line)).join('\n')
    return {
      name,
      body: backend => body.replaceAll('BACKEND', backend),
      cases: lines.filter(isCase).map(line => {
        const [, method = '', target = '', outcome = ''] = /^(\S+) (\S+) -> (.*)$/.exec(line) ?? []
        // Bytes, as in a request line.
        return { method, target: Buffer.from(target).toString('latin1'), outcome }
      }),
    }
  })

/** The complete file of a layout. */
export function layoutFile(layout: Layout, port: number, backend: string): string {
  return `events {}\nhttp {\n  server {\n    listen 127.0.0.1:${port};\n${layout.body(backend)}\n  }\n}\n`
}
