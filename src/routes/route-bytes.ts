/** Prepares a route for requests: every text that is compared or sent becomes bytes. */
import { toBytes } from './bytes.js'
import type { Route } from './model.js'
import { templateBytes } from './template.js'

export function routeBytes(route: Route): Route {
  const { authentication, content } = route
  return {
    ...route,
    authentication: authentication && { ...authentication, realm: templateBytes(authentication.realm) },
    content:
      content.kind !== 'forward'
        ? content
        : {
            ...content,
            backend: templateBytes(content.backend),
            path: content.path && {
              replacement: templateBytes(content.path.replacement),
              matchedPrefix: toBytes(content.path.matchedPrefix),
            },
          },
    backendHeaders: route.backendHeaders.map(each => ({ ...each, value: templateBytes(each.value) })),
    responseHeaders: route.responseHeaders.map(each => ({ ...each, value: templateBytes(each.value) })),
    errorPages: route.errorPages.map(each => ({ ...each, target: templateBytes(each.target) })),
  }
}
