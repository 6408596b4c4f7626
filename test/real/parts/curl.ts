/** curl against a gate: by name, with the certificate verified, and with or without a user. */
import type { Gate } from './gates.js'
import type { Machine } from './machine.js'
import type { Finished } from './program.js'

/** What is to be known of a gate for asking it. */
export type Asked = Pick<Gate, 'named' | 'files' | 'user'>

export interface CurlOptions {
  readonly method?: string
  /** `name:password`; the gate's user unless told, nobody when null. */
  readonly user?: string | null
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Plain HTTP to the same port. */
  readonly plain?: boolean
  readonly follow?: boolean
}

export interface Answer {
  readonly status: number
  /** By name in lower case; lines of one name are kept apart. */
  readonly headers: ReadonlyMap<string, readonly string[]>
  readonly body: string
}

/** One request to PATH of the gate (or to an absolute URL). Throws when there is no answer at all. */
export async function curl(machine: Machine, gate: Asked, path: string, options: CurlOptions = {}): Promise<Answer> {
  const finished = await curlRaw(machine, gate, path, options)
  if (finished.code !== 0) throw new Error(`curl ${path} ended with ${finished.code}:\n${finished.stderr}`)
  return parse(finished.stdout)
}

function curlRaw(machine: Machine, gate: Asked, path: string, options: CurlOptions): Promise<Finished> {
  const { method = 'GET', user = `${gate.user.name}:${gate.user.password}`, headers = {}, plain = false } = options
  const url = path.startsWith('/') ? `${plain ? 'http' : 'https'}://${gate.named}${path}` : path
  const verb = method === 'HEAD' ? ['--head'] : ['--request', method]
  return machine.run(
    [
      'curl',
      '--silent',
      '--show-error',
      '--include',
      '--http1.1',
      '--path-as-is',
      '--cacert',
      gate.files.cert,
      ...verb,
      ...(user === null ? [] : ['--user', user]),
      ...(options.follow ? ['--location'] : []),
      ...Object.entries(headers).flatMap(([name, value]) => ['--header', `${name}: ${value}`]),
      ...(options.body === undefined ? [] : ['--data-binary', '@-']),
      url,
    ],
    options.body === undefined ? {} : { input: options.body },
  )
}

/** The last answer of `curl --include`: interim answers and followed redirects come before it. */
function parse(text: string): Answer {
  let rest = text
  for (;;) {
    const end = rest.indexOf('\r\n\r\n')
    const [statusLine = '', ...lines] = rest.slice(0, end === -1 ? undefined : end).split('\r\n')
    const body = end === -1 ? '' : rest.slice(end + 4)
    if (body.startsWith('HTTP/1.')) {
      rest = body
      continue
    }
    const headers = new Map<string, string[]>()
    for (const line of lines) {
      const colon = line.indexOf(':')
      const name = line.slice(0, colon).toLowerCase()
      headers.set(name, [...(headers.get(name) ?? []), line.slice(colon + 1).trim()])
    }
    return { status: Number(statusLine.split(' ')[1]), headers, body }
  }
}

/** The only value of a header. Throws when it is missing or there are several. */
export function header(answer: Answer, name: string): string {
  const values = answer.headers.get(name.toLowerCase()) ?? []
  const [value] = values
  if (value === undefined || values.length > 1) {
    throw new Error(`${name} should be there once, and is there ${values.length} times (status ${answer.status})`)
  }
  return value
}

/** Deletes what a tag names, as a person does whose client has no command for it. Throws unless the answer is 202. */
export async function deleteManifest(machine: Machine, gate: Asked, repository: string, tag: string): Promise<void> {
  const digest = await digestOf(machine, gate, repository, tag)
  const answer = await curl(machine, gate, `/v2/${repository}/manifests/${digest}`, { method: 'DELETE' })
  if (answer.status !== 202) throw new Error(`DELETE of ${repository}@${digest}: ${answer.status} ${answer.body}`)
}

/** The digest behind a tag, as HEAD says it. */
export async function digestOf(machine: Machine, gate: Asked, repository: string, tag: string): Promise<string> {
  const accept = [
    'application/vnd.docker.distribution.manifest.v2+json',
    'application/vnd.docker.distribution.manifest.list.v2+json',
    'application/vnd.oci.image.manifest.v1+json',
    'application/vnd.oci.image.index.v1+json',
  ].join(', ')
  const path = `/v2/${repository}/manifests/${tag}`
  return header(
    await curl(machine, gate, path, { method: 'HEAD', headers: { Accept: accept } }),
    'docker-content-digest',
  )
}
