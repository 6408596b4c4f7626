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
  'x-client': 'c',
  authorization: `Basic ${Buffer.from('alice:wrong').toString('base64')}`,
} as const

/** What the backend of the table answers. */
export const backendAnswer = { status: 200, headers: [{ name: 'X-Up', value: 'up' }] } as const

type Lines = readonly { readonly name: string; readonly value: string }[]

/** The headers of an answer of which the table speaks: `x-r-one=1`, in alphabetical order. */
export function shownInAnswer(lines: Lines): string[] {
  return lines
    .filter(({ name }) => /^x-r-/i.test(name))
    .map(({ name, value }) => `${name.toLowerCase()}=${value}`)
    .sort()
}

/** Those of a request to the backend: `X-T-...`, a Host that is not the backend's, and whether the client's own header is missing. */
export function shownInRequest(lines: Lines, backend: string): string[] {
  const shown = lines
    .map(({ name, value }) => ({ name: name.toLowerCase(), value }))
    .filter(({ name, value }) => /^x-t-/.test(name) || (name === 'host' && value !== backend))
    .map(({ name, value }) => `${name}=${value}`)
  return [...shown, ...(lines.some(({ name }) => name.toLowerCase() === 'x-client') ? [] : ['x-client missing'])].sort()
}

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
