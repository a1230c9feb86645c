import type { Dates } from '../../foundation/dates.js'

/** What happened to the list in a day, `2020-12-24`, or in the days from one on. */
export interface Growth {
  day: string
  joined: number
  left: number
}

interface Bar {
  x: number
  width: number
  joined: { y: number; height: number }
  left: { y: number; height: number }
  label: string
}

/** A chart of readers who joined, above the line, and left, below it, ready to be drawn as SVG. */
export interface GrowthChart {
  width: number
  height: number
  line: number
  bars: Bar[]
  joined: number
  left: number
  summary: string
  /** the same as numbers, the newest first */
  rows: Growth[]
}

const DAY = 86_400_000
const WIDTH = 600
const HEIGHT = 120

/** What happened to the list in a quarter of an hour, `2020-12-24T09:15` (UTC). */
interface QuarterGrowth extends Omit<Growth, 'day'> {
  quarter: string
}

/** The days of a span by the site's clocks, today the last, each with what happened on it. @param known quarters in which something happened */
export function daysOf(
  known: QuarterGrowth[],
  span: number,
  { now, dates }: { now: Date; dates: Pick<Dates, 'dayOf'> },
): Growth[] {
  const today = Date.parse(dates.dayOf(now.toISOString()))
  const days = Array.from({ length: span }, (_, index) => ({
    day: new Date(today - (span - 1 - index) * DAY).toISOString().slice(0, 10),
    joined: 0,
    left: 0,
  }))
  const byName = new Map(days.map(day => [day.day, day]))
  for (const { quarter, joined, left } of known) {
    const day = byName.get(dates.dayOf(`${quarter}:00Z`))
    if (!day) continue
    day.joined += joined
    day.left += left
  }
  return days
}

/** Days put together by weeks, counted back from the last, so that the newest week is whole. */
export function byWeeks(days: Growth[]): Growth[] {
  const weeks: Growth[] = []
  for (let end = days.length; end > 0; end -= 7) {
    const week = days.slice(Math.max(0, end - 7), end)
    weeks.unshift({ day: week[0]?.day ?? '', joined: sum(week, 'joined'), left: sum(week, 'left') })
  }
  return weeks
}

/** @param step what each bar stands for, in words: `day` */
export function growthChart(steps: Growth[], rows: Growth[], step: string): GrowthChart {
  const highest = (what: 'joined' | 'left') => Math.max(0, ...steps.map(one => one[what]))
  const scale = HEIGHT / Math.max(1, highest('joined') + highest('left'))
  const line = round(highest('joined') * scale)
  const width = WIDTH / Math.max(1, steps.length)
  const [joined, left] = [sum(steps, 'joined'), sum(steps, 'left')]
  const bars = steps.map((one, index) => ({
    x: round(index * width),
    width: round(width * 0.8),
    joined: { y: round(line - one.joined * scale), height: round(one.joined * scale) },
    left: { y: line, height: round(one.left * scale) },
    label: `${one.day}: ${one.joined} joined, ${one.left} left`,
  }))
  const summary = `Readers by ${step} since ${steps[0]?.day}: ${joined} joined, ${left} left.`
  return { width: WIDTH, height: HEIGHT, line, bars, joined, left, summary, rows: rows.toReversed() }
}

function sum(days: Growth[], what: 'joined' | 'left'): number {
  return days.reduce((total, day) => total + day[what], 0)
}

const round = (number: number) => Math.round(number * 100) / 100
