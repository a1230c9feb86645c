/** A tenth of the day, in numbers. */
export interface Tenth {
  tenth: number
  requests: number
  'requests/s': number
  'p50 ms': number
  'p99 ms': number
  /** resident, in the middle of what was seen */
  'memory MB': number
  /** what V8 counts as used */
  'heap MB': number
  /** open files, sockets not counted, the fewest of what was seen */
  files: number
  sockets: number
  '5xx': number
  /** connections that were cut, and answers that never came */
  cut: number
}

/** Of memory so much may come with each tenth, as a share. */
const GROWTH = 0.005
/** The tail of the last tenth against that of the third. */
const SLOWER = 2
/** Connections come and go while they are counted. */
const MORE_SOCKETS = 8

/**
 * What is not level in a day, one sentence each. The first two tenths are left out: pages are kept, code is compiled. Of memory the first
 * half is: kept pages fill their 40 MB, SQLite's connections and what was read their caches, and V8 and the allocator take memory until they
 * find room for the next piece in what they have. That takes some six million requests; a leak goes on after them, and by as much.
 * @param growth how much memory may come with each tenth, as a share of what there is; a short day has more of its beginning in it
 * @param slower how many times as long as that of the third tenth the tail of the last may be; a busy machine proves nothing of it
 */
export function unevenIn(tenths: Tenth[], { growth = GROWTH, slower = SLOWER } = {}): string[] {
  const [first, ...rest] = tenths.slice(2)
  const last = rest.at(-1)
  if (!first || !last) return ['There are too few tenths to say.']
  const memory = tenths.slice(tenths.length / 2).map(row => row['memory MB'])
  const share = slope(memory) / mean(memory)
  const cut = tenths.reduce((sum, row) => sum + row['5xx'] + row.cut, 0)
  return [
    ...(share > growth ? [`Memory grows by ${(share * 100).toFixed(2)} % a tenth.`] : []),
    ...(last.files > first.files ? [`Open files grow from ${first.files} to ${last.files}.`] : []),
    ...(last.sockets > first.sockets + MORE_SOCKETS
      ? [`Connections grow from ${first.sockets} to ${last.sockets}.`]
      : []),
    ...(last['p99 ms'] > slower * first['p99 ms']
      ? [`The tail grows from ${first['p99 ms']} to ${last['p99 ms']} ms.`]
      : []),
    ...(cut ? [`${cut} requests were answered 5xx, or were cut.`] : []),
  ]
}

/** Of the straight line that fits best (least squares), how much each step adds. */
function slope(values: number[]): number {
  const [middle, average] = [(values.length - 1) / 2, mean(values)]
  const weights = values.map((_, index) => index - middle)
  const along = weights.reduce((sum, weight, index) => sum + weight * ((values[index] ?? 0) - average), 0)
  return along / weights.reduce((sum, weight) => sum + weight ** 2, 0)
}

function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
