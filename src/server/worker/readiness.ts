/** What a readiness probe asks: the backends and the storage, each looked at once in a while however often it is asked. */
import type { EmbeddedRegistry } from '../../embedded-registry/embedded-registry.js'
import type { Readiness } from '../../gateway/model.js'
import type { HealthCheck } from '../../upstream/health-check.js'

/** Milliseconds for which an answer is good. */
export const rememberMs = 2_000

/** Milliseconds that a backend may take: a second is what most probes wait for, and this comes before it. */
export const timeoutMs = 900

/** @param registry null where no route uses it */
export function createReadiness(backend: HealthCheck, registry: EmbeddedRegistry | null): Readiness {
  let storage: Promise<string | null> = Promise.resolve(null)
  let until = Number.NEGATIVE_INFINITY
  return {
    backend,
    storage() {
      if (registry !== null && performance.now() >= until) {
        until = performance.now() + rememberMs
        storage = registry.whyNotWritable()
      }
      return storage
    },
  }
}
