/**
 * Parses `backend_login`: `{ username: USER, password_file: FILE }` or `anonymous`, in the file as in a flag.
 * (decision C2)
 */
import { parseDocument } from 'yaml'
import { z } from 'zod'
import type { JsonSchema, StructureType } from '../options/option.js'
import type { Credentials } from '../settings.js'
import { issueProblems } from '../yaml-issues.js'

/** A user name must not contain a colon or control characters (RFC 7617 section 2). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
const withoutColon = /^[^:\u0000-\u001f\u007f]*$/
const usable = { error: 'must be a user name without a colon: no backend could tell it from the password' }
const form = 'must be written as { username: USER, password_file: FILE }, or anonymous'

const schema = z.union(
  [
    z.literal('anonymous'),
    z.strictObject({
      username: z.string().min(1).regex(withoutColon, usable),
      password_file: z.string().min(1),
    }),
  ],
  { error: form },
)

export const backendLoginStructure: StructureType<Credentials> = {
  kind: 'structure',
  placeholder: 'LOGIN',
  read(content, { name, placeOf }) {
    const parsed = schema.safeParse(content, { reportInput: true })
    if (!parsed.success)
      return { value: null, problems: issueProblems(parsed.error.issues, name, ['username', 'password_file'], placeOf) }
    const login = parsed.data
    const value: Credentials =
      login === 'anonymous'
        ? { kind: 'anonymous' }
        : { kind: 'password', username: login.username, passwordFile: login.password_file }
    return { value, problems: [] }
  },
  fromText(text, where) {
    const document = parseDocument(text, { prettyErrors: false })
    // The message does not repeat the text, which may be a password.
    if (document.errors.length > 0 || !schema.safeParse(document.toJS()).success)
      return { value: null, problems: [{ where, message: form }] }
    return this.read(document.toJS(), { name: '', placeOf: () => where, root: null })
  },
  show: credentials =>
    credentials.kind === 'anonymous'
      ? 'anonymous'
      : `${credentials.username}, password *** in ${credentials.passwordFile}`,
  get schema() {
    return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema
  },
}
