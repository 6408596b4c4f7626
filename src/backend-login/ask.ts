/** One small GET to the backend or to its token service, bounded in time and size; a redirect is an answer like any other. */
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { RequestError } from '../errors/request-error.js'

export interface Question {
  readonly url: URL
  readonly authorization: string | null
  /** Whether the certificate of an https address must be valid. */
  readonly verify: boolean
  /** Milliseconds from the name's lookup to the last byte. */
  readonly patienceMs: number
  /** For people: `the registry behind this gate`. */
  readonly whom: string
}

export interface SmallAnswer {
  readonly status: number
  /** The lines of WWW-Authenticate. */
  readonly challenges: readonly string[]
  readonly body: string
}

/** Bytes of an answer's body; clients of registries take no longer answer of a token service either. */
const mostBytes = 64 * 1024

/** @throws RequestError 502 where no whole answer comes, or one that is too long, 504 where it does not come in time */
export function ask({ url, authorization, verify, patienceMs, whom }: Question): Promise<SmallAnswer> {
  return new Promise((resolve, reject) => {
    const refuse = (code: 'backend-unreachable' | 'backend-timeout' | 'backend-answer-invalid', cause: Error) => {
      reject(new RequestError(code, { message: `${whom} ${ends[code]}`, cause }))
      sent.destroy()
    }
    const send = url.protocol === 'https:' ? requestHttps : requestHttp
    const sent = send(url, {
      agent: false,
      rejectUnauthorized: verify,
      headers: {
        Accept: 'application/json',
        'User-Agent': 'portcullis',
        Connection: 'close',
        ...(authorization === null ? {} : { Authorization: authorization }),
      },
    })
    const late = setTimeout(() => refuse('backend-timeout', new Error(`no answer within ${patienceMs} ms`)), patienceMs)
    sent.on('error', fault => {
      const code: unknown = Reflect.get(fault, 'code')
      const isNoHttp = typeof code === 'string' && code.startsWith('HPE_')
      refuse(isNoHttp ? 'backend-answer-invalid' : 'backend-unreachable', fault)
    })
    sent.once('close', () => {
      clearTimeout(late)
      refuse('backend-unreachable', new Error('the connection was closed without a whole answer'))
    })
    // Nothing was asked for that could change the protocol; Node leaves such an answer without a word.
    sent.once('upgrade', () => refuse('backend-answer-invalid', new Error('it changes the protocol')))
    sent.once('response', answer => {
      const chunks: Buffer[] = []
      let bytes = 0
      answer.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes <= mostBytes) chunks.push(chunk)
        else refuse('backend-answer-invalid', new Error(`the answer is longer than ${mostBytes} bytes`))
      })
      answer.once('error', fault => refuse('backend-unreachable', fault))
      answer.once('end', () =>
        resolve({
          status: answer.statusCode ?? 0,
          challenges: answer.headersDistinct['www-authenticate'] ?? [],
          body: Buffer.concat(chunks).toString('utf8'),
        }),
      )
    })
    sent.end()
  })
}

const ends = {
  'backend-unreachable': 'cannot be reached',
  'backend-timeout': 'did not answer in time',
  'backend-answer-invalid': 'gave no valid answer',
} as const
