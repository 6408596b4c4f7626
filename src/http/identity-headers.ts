/** Names by which a proxy tells a backend who the user is: believed by backends, so a client may never send them. */

const exact = new Set([
  'auth-user',
  'client-cert',
  'remote-email',
  'remote-groups',
  'remote-name',
  'remote-user',
  'ssl-client-cert',
  'user',
  'x-client-cert',
  'x-email',
  'x-groups',
  'x-user',
  'x-user-id',
  'x-username',
  'x-authentik-username',
])

const families = [
  'x-auth-',
  'x-authenticated-',
  'x-authentik-',
  'x-consumer-',
  'x-credential-',
  'x-forwarded-client-cert',
  'x-forwarded-email',
  'x-forwarded-groups',
  'x-forwarded-preferred-username',
  'x-forwarded-user',
  'x-remote-',
  'x-ssl-client-',
  'x-webauth-',
]

/** Whether a client's header (lower case) must not reach the backend. A name with `_` is dropped as nginx drops it. */
export function isIdentityHeader(name: string): boolean {
  return name.includes('_') || exact.has(name) || families.some(family => name.startsWith(family))
}
