/** The gate's own login at its backend, made from a state: kept with its tokens as long as nothing about it changes. */

import { Secret } from '../../errors/secret.js'
import type { Ask } from '../../upstream-auth/ask.js'
import { type BackendLogin, createBackendLogin } from '../../upstream-auth/backend-login.js'
import type { ServingState } from '../serving-state.js'

/** @returns gives the login of a state, null where it has none */
export function rememberBackendLogin(ask: Ask): (state: ServingState) => BackendLogin | null {
  let kept: { readonly from: string; readonly login: BackendLogin } | null = null
  return ({ settings, backendPassword }) => {
    const { backendLogin } = settings
    if (backendLogin === null) return null
    const { backend, credentials } = backendLogin
    const from = JSON.stringify([backend, credentials, backendPassword])
    if (kept?.from === from) return kept.login
    const login = createBackendLogin({
      backend,
      credentials:
        credentials.kind === 'anonymous'
          ? credentials
          : { kind: 'password', username: credentials.username, password: new Secret(backendPassword ?? '') },
      ask,
      verify: true,
      now: () => performance.now(),
    })
    kept = { from, login }
    return login
  }
}
