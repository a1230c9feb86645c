/** What one process measured under one name. */
export interface Family extends Described {
  /** of histograms: the upper ends of their ranges, without the infinite one */
  bounds?: readonly number[]
  /**
   * Values of the labels, and numbers: one; of a histogram, how many observations fell into each range, the last of which is without
   * end, and then their sum.
   */
  series: [values: readonly string[], numbers: readonly number[]][]
}

interface Described {
  /** as Prometheus names things: https://prometheus.io/docs/practices/naming/ */
  name: string
  help: string
  kind: 'counter' | 'gauge' | 'histogram'
  labels: readonly string[]
  /** what several processes over one database say together: the sum, each for itself, or one for all */
  together: 'sum' | 'each' | 'once'
}

export type Reading = [values: readonly string[], number: number]

/** Counts what happens. */
export interface Counter {
  /** @param values of the labels; few and known beforehand, never a part of an address or of what somebody sent */
  add(values: readonly string[], count?: number): void
  /** Counts one with each call: for what happens so often that finding the place by its labels takes too long. */
  each(values: readonly string[]): () => void
}

/** Sorts what is observed into ranges. */
export interface Histogram {
  /** @param values of the labels, as for counters @param amount in the unit of its name */
  observe(values: readonly string[], amount: number): void
  /** Sorts in what it is called with, as `each` counts. */
  each(values: readonly string[]): (amount: number) => void
}

/** Seconds that requests, reads and writes take. */
const DURATIONS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const

// Labels have few values; should one ever get many, it must not take all memory.
const MOST_SERIES = 5_000

export type Metrics = ReturnType<typeof openMetrics>

/** What this process measures. Nothing of it is about a person: names of routes, numbers, times. */
export function openMetrics() {
  const measured: Family[] = []
  const readings: { described: Described; read: () => Promise<Reading[]> | Reading[] }[] = []

  const family = (described: Omit<Family, 'series'>, width: number) => {
    const known = new Map<string, number[]>()
    const series: Family['series'] = []
    measured.push({ ...described, series })
    return (values: readonly string[]): number[] | undefined => {
      const key = values.length === 1 ? (values[0] as string) : values.join('\n')
      const found = known.get(key)
      if (found || known.size >= MOST_SERIES) return found
      const numbers = new Array<number>(width).fill(0)
      known.set(key, numbers)
      series.push([values, numbers])
      return numbers
    }
  }

  return {
    counter(name: string, help: string, labels: readonly string[] = []): Counter {
      const find = family({ name, help, labels, kind: 'counter', together: 'sum' }, 1)
      return {
        add(values, count = 1) {
          const numbers = find(values)
          if (numbers) numbers[0] = (numbers[0] as number) + count
        },
        each(values) {
          const numbers = find(values) ?? [0]
          return () => {
            numbers[0] = (numbers[0] as number) + 1
          }
        },
      }
    },

    histogram(
      name: string,
      help: string,
      labels: readonly string[] = [],
      bounds: readonly number[] = DURATIONS,
    ): Histogram {
      const ranges = bounds.length + 1
      const find = family({ name, help, labels, kind: 'histogram', together: 'sum', bounds }, ranges + 1)
      const sort = (numbers: number[], amount: number): void => {
        let range = 0
        while (range < bounds.length && amount > (bounds[range] as number)) range += 1
        numbers[range] = (numbers[range] as number) + 1
        numbers[ranges] = (numbers[ranges] as number) + amount
      }
      return {
        observe(values, amount) {
          const numbers = find(values)
          if (numbers) sort(numbers, amount)
        },
        each(values) {
          const numbers = find(values) ?? new Array<number>(ranges + 1).fill(0)
          return amount => sort(numbers, amount)
        },
      }
    },

    /** Asks for numbers whenever somebody looks. */
    reading(described: Described, read: () => Promise<Reading[]> | Reading[]): void {
      readings.push({ described, read })
    },

    /** @param wanted `own`: without what any process can say for all */
    async families(wanted: 'own' | 'all'): Promise<Family[]> {
      const chosen = readings.filter(({ described }) => wanted === 'all' || described.together !== 'once')
      const read = chosen.map(async ({ described, read }): Promise<Family> => {
        const found = await read()
        return { ...described, series: found.map(([values, number]) => [values, [number]]) }
      })
      return [...measured, ...(await Promise.all(read))]
    },
  }
}

/** What a process measured, and the name that tells it from others over the same database. */
export interface Measured {
  process: string
  families: Family[]
}

/** Brings together what several processes measured: sums, and a label where each stands for itself. */
export function together(all: readonly Measured[]): Family[] {
  const families = new Map<string, Family & { sums: Map<string, number[]> }>()
  for (const { process, families: measured } of all)
    for (const { series, ...described } of measured) {
      const each = described.together === 'each'
      const labels = each ? [...described.labels, 'process'] : described.labels
      const known = families.get(described.name) ?? { ...described, labels, series: [], sums: new Map() }
      families.set(described.name, known)
      for (const [values, numbers] of series) add(known, each ? [...values, process] : values, numbers)
    }
  return [...families.values()].map(({ sums: _, ...family }) => family)
}

function add(
  family: Family & { sums: Map<string, number[]> },
  values: readonly string[],
  numbers: readonly number[],
): void {
  const key = values.join('\n')
  const sums = family.sums.get(key)
  if (!sums) {
    const own = [...numbers]
    family.sums.set(key, own)
    family.series.push([values, own])
  } else if (family.together === 'sum')
    for (const [index, number] of numbers.entries()) sums[index] = (sums[index] ?? 0) + number
}

/** The other processes that share the port, as far as measurements go. */
export interface Gathering {
  /** this process's own name among them */
  process: string
  /** What all others measured; those that do not answer in time are told as they were last. */
  others(): Promise<Measured[]>
  /** @param answer is asked by others */
  onAsked(answer: () => Promise<Family[]>): void
}

export const nobodyElse: Gathering = { process: '1', others: async () => [], onAsked: () => undefined }
