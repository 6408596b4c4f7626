/** ngx_http_auth_basic_module: who is asked for a password, and which file holds the users. */
import type { Content, Route, Template } from '../../routes/model.js'
import { value } from '../readers.js'
import type { NamedFile, NginxReading } from '../reading.js'
import { anywhere, type NothingLeft, nginxModule, once } from '../row.js'

/** null where no block says anything, which lets everybody in as `off` does. */
type Realm = { readonly value: Template; readonly where: string } | 'off' | null

const says = 'as in nginx; a realm without a file is refused (nginx lets everybody in), and so is a file with variables'

export const authBasic = nginxModule(
  'ngx_http_auth_basic_module',
  [
    once(
      'auth_basic',
      anywhere,
      value<'realm', Realm>('realm', null, (word, { at }, reading) =>
        word === 'off' ? 'off' : { value: reading.template(word, at), where: at },
      ),
      says,
    ),
    once(
      'auth_basic_user_file',
      anywhere,
      value<'usersFile', NamedFile | null>('usersFile', null, (word, { at }, reading) => ({
        path: reading.path(word, at),
        where: at,
      })),
      says,
    ),
  ],
  ({ realm, usersFile, ...rest }, content: Content, where: string, reading: NginxReading) => {
    rest satisfies NothingLeft
    return { authentication: authenticationOf(realm, usersFile, content, where, reading) }
  },
)

/** A password that would be asked against no file is a problem: nginx lets everybody in there. */
function authenticationOf(
  realm: Realm,
  usersFile: NamedFile | null,
  content: Content,
  where: string,
  reading: NginxReading,
): Route['authentication'] {
  if (realm === 'off') return null
  if (realm !== null && usersFile !== null) {
    reading.needUsersFile(usersFile)
    return { realm: realm.value, usersFile: usersFile.path, where: usersFile.where, rulesMayOpen: false }
  }
  if (content.kind === 'nothing') return null
  if (realm !== null) {
    reading.problem(
      realm.where,
      `"auth_basic" has no "auth_basic_user_file" that holds at ${where}, so nobody would be asked for a password`,
      'name the file with the users: auth_basic_user_file htpasswd;',
    )
  }
  if (realm === null && usersFile !== null) {
    reading.notice(
      usersFile.where,
      `"auth_basic_user_file" has no "auth_basic" that holds at ${where}: everybody is let in there, as by nginx`,
      'to ask for a password, add: auth_basic "Registry";',
    )
  }
  return null
}
