/** Names by which a proxy tells a backend who the user is: believed by backends, so a client may never send them. */

const exact = new Set([
  'auth-user',
  'client-cert',
  'user',
  'x-client-cert',
  'x-email',
  'x-groups',
  'x-jwt-assertion',
  'x-user',
  'x-username',
])

/** Of proxies and platforms in use: oauth2-proxy, Authelia, authentik, Kong, Istio, Pomerium, Vouch, and clouds. */
const families = [
  'cf-access-',
  'oidc-',
  'remote-',
  'ssl-client-',
  'tailscale-',
  'x-amzn-oidc-',
  'x-auth-',
  'x-authenticated-',
  'x-authentik-',
  'x-consumer-',
  'x-credential-',
  'x-forwarded-access-token',
  'x-forwarded-client-cert',
  'x-forwarded-email',
  'x-forwarded-groups',
  'x-forwarded-id-token',
  'x-forwarded-preferred-username',
  'x-forwarded-user',
  'x-goog-authenticated-',
  'x-goog-iap-',
  'x-ms-client-principal',
  'x-ms-token-',
  'x-pomerium-',
  'x-remote-',
  'x-ssl-client-',
  'x-user-',
  'x-vouch-',
  'x-webauth-',
]

/**
 * Whether a client's header (lower case) must not reach the backend. A name with `_`, `.` or another character than letters,
 * digits and hyphens is dropped as nginx drops it (`ignore_invalid_headers`): many backends take it for one with hyphens.
 */
export function isIdentityHeader(name: string): boolean {
  return /[^a-z0-9-]/.test(name) || exact.has(name) || families.some(family => name.startsWith(family))
}
