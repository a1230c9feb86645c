import type { Figures } from './figures.js'

/** What issue and README promise of a figure. */
interface Target {
  /** rows whose names match */
  of: RegExp
  figure: string
  atLeast?: number
  atMost?: number
}

const targets: Target[] = [
  { of: /^article, (identity|gzip|304)$/, figure: 'ratio', atLeast: 0.9 },
  // Ghost behind an nginx page cache gave 44,900/s where node:http gave 52,700.
  { of: /^article, (identity|gzip)$/, figure: 'ratio', atLeast: 0.852 },
  { of: /^article, made anew$/, figure: 'ratio', atLeast: 0.55 },
  { of: /^article, half load$/, figure: 'p99 ms', atMost: 5 },
  { of: /^sign-ups, one client$/, figure: 'ratio', atLeast: 0.5 },
  { of: /^sign-ups, 64 clients$/, figure: 'ratio', atLeast: 4 },
  { of: /^growth: (article|front page|listing|month|author|feed)/, figure: 'growth', atMost: 1.3 },
  { of: /^search: (a|two) /, figure: 'p95', atMost: 50 },
  { of: /^search: articles, four search$/, figure: 'p99 ms', atMost: 5 },
  { of: /^loading$/, figure: 'articles/s', atLeast: 5_000 },
  { of: /^loading$/, figure: 'growth', atMost: 1.3 },
  { of: /^memory$/, figure: 'idle MB', atMost: 110 },
  { of: /^memory$/, figure: 'at the end MB', atMost: 250 },
  { of: /^memory$/, figure: 'growth', atMost: 1.1 },
  { of: /^start: Handpress$/, figure: 'first answer ms', atMost: 400 },
  ...['performance', 'accessibility', 'best practices', 'seo'].map(figure => ({
    ...{ of: /^lighthouse: /, figure, atLeast: 100 },
  })),
  { of: /^lighthouse: /, figure: 'blocked ms', atMost: 0 },
  { of: /^first visit, /, figure: 'bytes', atMost: 14_600 },
  { of: /^first visit, /, figure: 'requests', atMost: 1 },
]

export interface Judgement {
  what: string
  figure: string
  value: number
  target: string
  reached: boolean
}

/** Every target that something was measured of. */
export function judge(figures: Figures): Judgement[] {
  return targets.flatMap(({ of, figure, atLeast, atMost }) =>
    Object.entries(figures)
      .filter(([name, row]) => of.test(name) && row[figure] !== undefined)
      .map(([what, row]) => {
        const value = row[figure] ?? Number.NaN
        const reached = value >= (atLeast ?? -Infinity) && value <= (atMost ?? Infinity)
        return { what, figure, value, target: atLeast ? `≥ ${atLeast}` : `≤ ${atMost}`, reached }
      }),
  )
}

export function printJudgements(judgements: Judgement[]): void {
  for (const { what, figure, value, target, reached } of judgements)
    process.stdout.write(
      `${what.padEnd(36)}${figure.padEnd(18)}${value.toFixed(2).padStart(12)}  ${target.padEnd(10)}${reached ? 'reached' : 'not reached'}\n`,
    )
}
