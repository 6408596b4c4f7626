/** The `backend_login` section of portcullis.yaml: `{ username: USER, password_file: FILE }` or `anonymous`. */
import { z } from 'zod'
import type { Problem } from '../errors/problem.js'
import type { Given } from './draft.js'
import type { BackendLoginSettings } from './settings.js'

/** RFC 7617 section 2. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
const withoutColon = /^[^:\u0000-\u001f\u007f]*$/
const usable = { error: 'must be a user name without a colon: no backend could tell it from the password' }

const schema = z.union(
  [
    z.literal('anonymous'),
    z.strictObject({
      username: z.string().min(1).regex(withoutColon, usable),
      password_file: z.string().min(1),
    }),
  ],
  { error: 'must be written as { username: USER, password_file: FILE }, or anonymous' },
)

type Credentials = BackendLoginSettings['credentials']

export const backendLoginSection = schema.transform(
  (said): Credentials =>
    said === 'anonymous'
      ? { kind: 'anonymous' }
      : { kind: 'password', username: said.username, passwordFile: said.password_file },
)

/** A login that would never be used, because there is no backend or because an nginx.conf says how to speak to it. */
export function uselessLogin(
  login: Given<Credentials> | null,
  backend: Given | 'embedded',
  withNginxConf: boolean,
): readonly Problem[] {
  if (login === null) return []
  const { where } = login
  if (withNginxConf) {
    const hint = 'take the line out, and write into nginx.conf: proxy_set_header Authorization "Basic ...";'
    return [{ where, message: 'an nginx.conf decides what the backend is told already', hint }]
  }
  if (backend !== 'embedded') return []
  const hint = 'name the registry behind the gate (backend: http://HOST:PORT), or take the line out'
  return [{ where, message: 'the embedded registry asks for no login', hint }]
}
