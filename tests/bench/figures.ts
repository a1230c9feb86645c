/** Numbers by the names of what was measured. */
export type Figures = Record<string, Record<string, number>>

export function median(values: number[]): number {
  return percentile(values, 0.5)
}

/** @param share from 0 to 1 */
export function percentile(values: number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0
}

/** Writes figures as a table, a line for each name. */
export function printFigures(title: string, figures: Figures): void {
  const heads = [...new Set(Object.values(figures).flatMap(Object.keys))]
  const line = (name: string, cells: string[]) =>
    `${name.padEnd(28)}${cells.map(cell => cell.padStart(14)).join('')}\n`
  process.stdout.write(`${title}\n${line('', heads)}`)
  for (const [name, row] of Object.entries(figures))
    process.stdout.write(
      line(
        name,
        heads.map(head => row[head]?.toFixed(2) ?? ''),
      ),
    )
}
