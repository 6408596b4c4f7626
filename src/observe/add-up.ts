/** The numbers of several processes as those of one. */
import { AggregatorRegistry, type Registry } from 'prom-client'

/** The numbers of one process at one moment, as plain data. */
export type Snapshot = Awaited<ReturnType<Registry['getMetricsAsJSON']>>

export const metricsContentType: string = AggregatorRegistry.PROMETHEUS_CONTENT_TYPE

/** In Prometheus' text format, version 0.0.4. */
export function addUp(snapshots: readonly Snapshot[]): Promise<string> {
  return AggregatorRegistry.aggregate([...snapshots]).metrics()
}

/**
 * What stays true of processes that have ended: what they counted, not what they had. Without it a counter would fall when a worker
 * is replaced, and look like one that began anew.
 */
export async function remainsOf(ended: readonly Snapshot[]): Promise<Snapshot> {
  const sum = await AggregatorRegistry.aggregate([...ended]).getMetricsAsJSON()
  // At run time the type is the word of the text format, which the declarations have as an enum's number.
  return sum.filter(metric => String(metric.type) !== 'gauge')
}
