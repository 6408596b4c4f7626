/** Resource usage of one process. The names are those of Prometheus' own client libraries. */
import { readdirSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'
import { Counter, Gauge, type Registry } from 'prom-client'
import { descriptorLimit } from '../files/descriptor-limit.js'

/** Registers metrics that are read only when they are scraped. */
export function addProcessMetrics(register: Registry): void {
  const registers = [register]
  const counter = (name: string, help: string, total: () => number) =>
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset()
        this.inc(total())
      },
    })
  const gauge = (name: string, help: string, aggregator: 'sum' | 'min', value: () => number | null) =>
    new Gauge({
      name,
      help,
      registers,
      aggregator,
      collect() {
        const now = value()
        if (now === null) this.remove()
        else this.set(now)
      },
    })
  counter('process_cpu_seconds_total', 'Processor time of all processes of the gate, in seconds.', () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1e6
  })
  counter(
    'nodejs_eventloop_busy_seconds_total',
    'Time in which the processes of the gate were busy with events, in seconds.',
    () => performance.eventLoopUtilization().active / 1e3,
  )
  gauge('process_resident_memory_bytes', 'Memory of all processes of the gate.', 'sum', residentMemory)
  gauge(
    'nodejs_heap_used_bytes',
    'JavaScript objects of all processes of the gate.',
    'sum',
    () => getHeapStatistics().used_heap_size,
  )
  gauge('process_open_fds', 'Open file descriptors of all processes of the gate.', 'sum', openFiles)
  gauge('process_max_fds', 'File descriptors that one process of the gate may have open.', 'min', descriptorLimit)
  const startedAt = Date.now() / 1e3 - process.uptime()
  gauge('process_start_time_seconds', 'When the gate was started, in seconds since 1970.', 'min', () => startedAt)
}

/** null where no descriptor is free to read it with. */
function residentMemory(): number | null {
  try {
    return process.memoryUsage.rss()
  } catch {
    return null
  }
}

/** null where there is no /proc, or no free descriptor. */
function openFiles(): number | null {
  try {
    return readdirSync('/proc/self/fd').length
  } catch {
    return null
  }
}
