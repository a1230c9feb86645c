import type { Metrics } from './metrics.js'
import type { SqliteOptions } from './sqlite.js'

/** @returns is told what the database took */
export function timeDatabase(metrics: Metrics): NonNullable<SqliteOptions['timed']> {
  const seconds = metrics.histogram(
    'handpress_database_seconds',
    'Seconds of reads, of writes once it was their turn, and of syncs of the log, which writes share.',
    ['act'],
  )
  const labels = { read: ['read'], write: ['write'], sync: ['sync'] }
  return (act, took) => seconds.observe(labels[act], took)
}

/** @returns is told how late timers were */
export function timeLoop(metrics: Metrics): (seconds: number) => void {
  const lag = metrics.histogram(
    'handpress_event_loop_lag_seconds',
    'How late timers were: for so long everything else waited as well.',
  )
  return late => lag.observe([], late)
}
