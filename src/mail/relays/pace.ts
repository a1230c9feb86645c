/** A rate that is kept: `wait` says how long until the next may go, `take` counts it. */
export interface Pace {
  /** milliseconds; 0: now */
  wait(): number
  take(): void
  /** Takes one back that was not used. */
  giveBack(): void
}

/** No limit. */
export const unpaced: Pace = { wait: () => 0, take: () => undefined, giveBack: () => undefined }

/**
 * A token bucket that holds one second's worth, so that a quiet minute does not end in a burst.
 * @param now milliseconds of a clock that never goes back
 */
export function pace(perMinute: number, now: () => number): Pace {
  const most = Math.max(1, perMinute / 60)
  const perMillisecond = perMinute / 60_000
  let tokens = most
  let filled = now()
  const fill = () => {
    const at = now()
    tokens = Math.min(most, tokens + (at - filled) * perMillisecond)
    filled = at
  }
  return {
    wait() {
      fill()
      return tokens >= 1 ? 0 : Math.ceil((1 - tokens) / perMillisecond)
    },
    take() {
      tokens -= 1
    },
    giveBack() {
      tokens = Math.min(most, tokens + 1)
    },
  }
}
