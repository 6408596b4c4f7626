/** Which of the scopes that were asked for a token grants, and whether what it grants is enough. */
import type { Scope } from './model.js'

/** Whether the one who asks may do this. `type` is `repository` or `registry`. */
export type May = (type: string, name: string, action: string) => boolean

const actionsOfRepository = ['pull', 'push', 'delete']

/**
 * The intersection; a scope of which nothing is left is missing. For all actions of a repository (`*`) comes each one that is
 * allowed. Source: distribution, docs/content/spec/auth/token.md, "Requesting a token".
 */
export function grantScopes(asked: readonly Scope[], may: May): Scope[] {
  return asked
    .map(({ type, name, actions }) => {
      const each = type === 'repository' && actions.includes('*') ? actionsOfRepository : actions
      return { type, name, actions: each.filter(action => may(type, name, action)) }
    })
    .filter(({ actions }) => actions.length > 0)
}

/** Whether every action of every scope in `needed` stands in `granted`. */
export function covers(granted: readonly Scope[], needed: readonly Scope[]): boolean {
  return needed.every(({ type, name, actions }) => {
    const held = granted.filter(scope => scope.type === type && scope.name === name).flatMap(scope => scope.actions)
    return held.includes('*') || actions.every(action => held.includes(action))
  })
}
