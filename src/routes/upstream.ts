/** The servers behind one name, which take turns by their weights (nginx's smooth round robin). */
import type { Upstream } from './model.js'

export interface CompiledUpstream {
  /** Whose turn it is, then the others in the order in which to try them; empty where all are down. Counts the turn. */
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
