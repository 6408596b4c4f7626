/** Which methods the gate's own resources have, told by OPTIONS and by the refusal of any other. */
import { RequestError } from '../errors/request-error.js'
import type { HeaderLine } from '../http/header-line.js'
import type { OwnAnswer } from './respond.js'

/** Of what can only be read. */
export const readMethods: readonly string[] = ['GET', 'HEAD', 'OPTIONS']

/** RFC 9110, 10.2.1 */
export const allowHeader = (methods: readonly string[]): HeaderLine => ({ name: 'Allow', value: methods.join(', ') })

/** @throws RequestError 405 with `Allow` for a method that is none of these */
export function requireMethod(method: string, methods: readonly string[]): void {
  const { name, value } = allowHeader(methods)
  if (!methods.includes(method)) throw new RequestError('method-not-allowed', { headers: { [name]: value } })
}

/** The answer to OPTIONS (RFC 9110, 9.3.7); null for another one of the methods. @throws RequestError as requireMethod does */
export function answerToOptions(method: string, methods: readonly string[]): OwnAnswer | null {
  requireMethod(method, methods)
  return method === 'OPTIONS' ? { status: 204, headers: [allowHeader(methods)], body: '' } : null
}
