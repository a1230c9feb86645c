const MINUTE = 60_000
const LONGEST_WAIT = 12 * 60 * MINUTE
const MOST_ATTEMPTS = 10
const LONGEST_TIME = 3 * 24 * 60 * MINUTE

/**
 * When a mail that was put off is tried again: five minutes, then twice as long each time up to twelve hours, ten times and
 * three days at most.
 * @param attempts how many there were, this one included
 * @param started when the issue began to go out, in milliseconds
 * @returns milliseconds; undefined when it is given up
 */
export function nextTry(attempts: number, now: number, started: number): number | undefined {
  const next = now + Math.min(5 * MINUTE * 2 ** (attempts - 1), LONGEST_WAIT)
  return attempts >= MOST_ATTEMPTS || next - started > LONGEST_TIME ? undefined : next
}
