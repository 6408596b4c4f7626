/** The servers of an upstream, used by turns according to their weights (nginx's smooth round robin). */
import type { Upstream } from './model.js'

export interface CompiledUpstream {
  /**
   * Returns the server for this turn, then the others in the order of retries; empty if all are down. Advances the
   * turn.
   */
  next(): readonly string[]
}

export function compileUpstream(upstream: Upstream): CompiledUpstream {
  const active = upstream.servers.filter(server => server.role === 'active').map(server => ({ ...server, current: 0 }))
  const backups = upstream.servers.filter(server => server.role === 'backup').map(server => server.address)
  const total = active.reduce((sum, server) => sum + server.weight, 0)
  const [only] = active
  if (only !== undefined && active.length === 1) return { next: () => [only.address, ...backups] }
  return {
    next: () => {
      for (const server of active) server.current += server.weight
      const byTurn = [...active].sort((a, b) => b.current - a.current)
      const [chosen] = byTurn
      if (chosen !== undefined) chosen.current -= total
      return [...byTurn.map(server => server.address), ...backups]
    },
  }
}
