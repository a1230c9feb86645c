import type { Metrics, Reading } from '../foundation/metrics.js'

/** What waits, counted whenever somebody looks. */
export interface Queues {
  /** in the database, for all processes over it */
  stored(): Promise<Record<string, number>>
  /** in the memory of this process */
  here(): Record<string, number>
  /** mails of issues by what became of them */
  deliveries(): Promise<Record<string, number>>
}

/** Tips that are being sealed are not among them: their number would tell when one came. */
export function readQueues(metrics: Metrics, { stored, here, deliveries }: Queues): void {
  const kind = 'gauge'
  metrics.reading(
    {
      name: 'handpress_waiting',
      help: 'What waits in the database to be done; counted up to 100,000.',
      ...{ kind, labels: ['queue'], together: 'once' },
    },
    async () => readings(await stored()),
  )
  metrics.reading(
    {
      name: 'handpress_waiting_in_memory',
      help: 'What waits in the memory of processes to be done.',
      ...{ kind, labels: ['queue'], together: 'sum' },
    },
    () => readings(here()),
  )
  metrics.reading(
    {
      name: 'handpress_deliveries',
      help: 'Mails of all issues so far, by what became of them.',
      ...{ kind, labels: ['state'], together: 'once' },
    },
    async () => readings(await deliveries()),
  )
}

function readings(numbers: Record<string, number>): Reading[] {
  return Object.entries(numbers).map(([name, number]) => [[name], number])
}
