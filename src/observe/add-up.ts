/** Adds up the metrics of several processes. */
import { AggregatorRegistry, type Registry } from 'prom-client'

/** The metrics of one process at one moment, as plain data. */
export type Snapshot = Awaited<ReturnType<Registry['getMetricsAsJSON']>>

export const metricsContentType: string = AggregatorRegistry.PROMETHEUS_CONTENT_TYPE

/** Returns Prometheus' text format, version 0.0.4. */
export function addUp(snapshots: readonly Snapshot[]): Promise<string> {
  return AggregatorRegistry.aggregate([...snapshots]).metrics()
}

/**
 * Keeps the counters and histograms of ended processes and drops their gauges. Otherwise a counter would fall when a
 * worker is replaced, which Prometheus takes for a restart.
 */
export async function remainsOf(ended: readonly Snapshot[]): Promise<Snapshot> {
  const sum = await AggregatorRegistry.aggregate([...ended]).getMetricsAsJSON()
  // At run time the type is a word of the text format, although the declarations have a number of an enum.
  return sum.filter(metric => String(metric.type) !== 'gauge')
}
