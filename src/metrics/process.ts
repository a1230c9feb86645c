import { readdirSync } from 'node:fs'
import { memoryUsage, resourceUsage, uptime } from 'node:process'
import type { Metrics, Reading } from '../foundation/metrics.js'

const each = { labels: [], together: 'each' } as const

/** What the operating system knows of this process, under the names that Prometheus's own libraries use. */
export function readProcess(metrics: Metrics): void {
  const gauge = (name: string, help: string, read: () => number | undefined): void =>
    metrics.reading({ name, help, kind: 'gauge', ...each }, () => only(read()))

  metrics.reading(
    {
      name: 'process_cpu_seconds_total',
      help: 'Seconds of processor time, user and system.',
      kind: 'counter',
      ...each,
    },
    () => {
      const { userCPUTime, systemCPUTime } = resourceUsage()
      return only((userCPUTime + systemCPUTime) / 1e6)
    },
  )
  gauge('process_resident_memory_bytes', 'Memory that the process takes.', () => memoryUsage.rss())
  gauge('process_heap_bytes', 'Of it, what objects of the program take.', () => memoryUsage().heapUsed)
  gauge('process_open_fds', 'Open files and connections.', openFiles)
  gauge('process_uptime_seconds', 'Seconds since the process was started.', uptime)
}

// Elsewhere than on Linux nobody can say.
function openFiles(): number | undefined {
  try {
    return readdirSync('/proc/self/fd').length
  } catch {
    return undefined
  }
}

const only = (number: number | undefined): Reading[] => (number === undefined ? [] : [[[], number]])
