import type { ListDay } from '../newsletter/index.js'

/** A bar of the chart, in the chart's own units. */
interface Bar {
  x: number
  y: number
  width: number
  height: number
  day: string
  joined: number
}

/** A chart of the readers who joined on each day, ready to be drawn as SVG. */
export interface Chart {
  width: number
  height: number
  bars: Bar[]
  most: number
  joined: number
  left: number
  /** the same in words and by weeks, for those who do not see the chart */
  summary: string
  weeks: { from: string; to: string; joined: number; left: number }[]
}

const WIDTH = 600
const HEIGHT = 96

/** @param days one after the other, the oldest first */
export function signUpChart(days: ListDay[]): Chart {
  const most = Math.max(1, ...days.map(day => day.joined))
  const step = WIDTH / Math.max(1, days.length)
  const bars = days.map(({ day, joined }, index) => {
    const height = round((joined / most) * HEIGHT)
    return { x: round(index * step), y: HEIGHT - height, width: round(step * 0.8), height, day, joined }
  })
  const joined = sum(days.map(day => day.joined))
  const left = sum(days.map(day => day.left))
  return {
    width: WIDTH,
    height: HEIGHT,
    bars,
    most,
    joined,
    left,
    summary: inWords(days, joined),
    weeks: byWeek(days),
  }
}

function inWords(days: ListDay[], joined: number): string {
  if (joined === 0) return `Nobody signed up in ${days.length} days.`
  const best = days.reduce((one, other) => (other.joined > one.joined ? other : one))
  return `Sign-ups on each of ${days.length} days: ${joined} in all, most on ${best.day} with ${best.joined}.`
}

// Counted back from the last day, so that the newest week is whole.
function byWeek(days: ListDay[]): Chart['weeks'] {
  const weeks: Chart['weeks'] = []
  for (let end = days.length; end > 0; end -= 7) {
    const week = days.slice(Math.max(0, end - 7), end)
    weeks.push({
      from: week[0]?.day ?? '',
      to: week.at(-1)?.day ?? '',
      joined: sum(week.map(day => day.joined)),
      left: sum(week.map(day => day.left)),
    })
  }
  return weeks
}

const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0)

const round = (number: number) => Math.round(number * 100) / 100
