import { expect, test } from 'vitest'
import { couldBeCodename } from '../../src/tips/source/codename-scheme.js'
import { naughty } from '../support/naughty.js'
import { harmIn, openTarget, type Strike, type Target } from '../support/strikes.js'

/** Milliseconds within which whatever is sent must be answered, when nothing else is asked. */
const LONGEST = 2_000
const AT_ONCE = 6
const ALONE = 3

// What could be seven words is derived slowly on purpose, so not all of that kind can be tried.
const slow = new Set(naughty.filter(couldBeCodename).slice(10))

interface Turn {
  strike: Strike
  text: string
}

test('every naughty text in every place that a stranger may write into gets a page or a clear refusal, in time', async () => {
  const target = await openTarget()
  const harm: string[] = []
  const late: Turn[] = []
  let sent = 0
  // Text after text, so that the places that derive a codename, a second of work each, stand apart.
  const waiting = naughty.flatMap(text => target.strikes.map(strike => ({ strike, text })))
  const worker = async () => {
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      const answer = await strikeOnce(target, next)
      if (!answer) continue
      sent += 1
      harm.push(...harmIn(answer, next.text, next.strike.place))
      if (answer.took > LONGEST) late.push(next)
      if (sent % 20_000 === 0)
        process.stdout.write(`${waiting.length} to go, ${harm.length} harmful, ${late.length} late\n`)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  for (const turn of late)
    if (await hangs(target, turn)) harm.push(`${turn.strike.place} hangs: ${turn.text}`)
  process.stdout.write(
    `${JSON.stringify({ places: target.strikes.length, texts: naughty.length, sent, late: late.length, harm: harm.length })}\n`,
  )
  expect(harm.map(one => one.slice(0, 200))).toEqual([])
  expect(sent).toBeGreaterThan(250_000)
}, 3_600_000)

async function strikeOnce({ send }: Target, { strike, text }: Turn) {
  const given = strike.with(text)
  return given && !(slow.has(text) && strike.place.includes('codename')) ? send(given) : undefined
}

/** Others were asked at the same time, and other programs may have had the processor: what hangs is late each time that it is asked alone. */
async function hangs(target: Target, turn: Turn): Promise<boolean> {
  for (let time = 0; time < ALONE; time += 1)
    if (((await strikeOnce(target, turn))?.took ?? 0) <= LONGEST) return false
  return true
}
