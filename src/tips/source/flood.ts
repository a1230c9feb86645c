import type { Challenge } from 'altcha-lib'
import type { Clock } from '../../foundation/clock.js'
import { Busy, Problem, TooMany } from '../../foundation/errors.js'
import { limiter, THIS_MACHINE } from '../../foundation/limiter.js'
import type { Memory } from '../../foundation/memory.js'
import { storageTrouble } from '../../foundation/storage-trouble.js'
import { type Challenges, openChallenges } from './challenges.js'

const MINUTE = 60_000
const TEN_MINUTES = 10 * MINUTE
/** How many times the usual work is asked for at most. */
const HARDEST = 16

/** How much is let in. */
interface Measure {
  name: string
  /** from one network in ten minutes */
  network: number
  /** in a minute without a proof of work from all who come by one shared address; of all together, twice as many */
  unproven: number
}

const sendingMeasure: Measure = { name: 'sending', network: 10, unproven: 60 }
const returningMeasure: Measure = { name: 'returning', network: 30, unproven: 90 }

const said = {
  network: 'Much has come from your network in a short time, so this was not taken.',
  busy: 'Very much is arriving here at this moment, so this was not taken.',
}

/** Who wants in: what stands for their network (`clientKey`), and a solved challenge or an empty text. */
interface Caller {
  network: string
  proof: string
}

/** Lets a form in. Throws `TooMany` when it has to come again later. */
type Gate = (caller: Caller) => Promise<void>

export interface FloodDefence {
  challenge(): Promise<Challenge>
  /** for tips and what is added to them */
  sending: Gate
  /** for tries to come back with a codename */
  returning: Gate
}

export interface FloodDefenceOptions {
  clock: Clock
  memory: Memory
  /** whether anybody is kept out at all */
  limits: boolean
  /** how much work each key is that a solver tries; for tests */
  rounds?: number
}

/**
 * Keeps floods out and remembers nobody. While little is happening all come in as they are. Above that a browser has to
 * have worked for it, which scripts do unseen each time; a form without scripts is asked to come again in a minute. One
 * network cannot buy more than its share; whoever comes by Tor or an unnamed proxy shares an address and can.
 */
export function floodDefence({ clock, memory, limits, rounds }: FloodDefenceOptions): FloodDefence {
  const challenges = openChallenges({ clock, memory, rounds })
  const open: Gate = async () => undefined
  const gateFor = (measure: Measure) => (limits ? gate(measure, challenges, memory) : open)
  return {
    // Who pays for proofs by the hundred pays more for each.
    async challenge() {
      const { count } = await countProven(memory, 0)
      return challenges.make(Math.min(HARDEST, 1 + Math.floor(count / sendingMeasure.unproven)))
    },
    sending: gateFor(sendingMeasure),
    returning: gateFor(returningMeasure),
  }
}

function gate({ name, network, unproven }: Measure, challenges: Challenges, memory: Memory): Gate {
  const count = (what: string, max: number, windowMs: number, message: string) =>
    limiter({ name: `tips ${name} ${what}`, max, windowMs, memory, message })
  const share = count('of a network', network, TEN_MINUTES, said.network)
  const ofOneAddress = count('of a shared address', unproven, MINUTE, said.busy)
  const ofAll = count('of all', unproven * 2, MINUTE, said.busy)
  return async caller => {
    const isShared = caller.network === THIS_MACHINE
    if (!isShared) await share(caller.network)
    if (await challenges.accept(caller.proof))
      return void (await countProven(memory, Number.MAX_SAFE_INTEGER))
    // A flood by Tor alone leaves half of the room to others.
    if (isShared) await ofOneAddress('all')
    await ofAll('all')
  }
}

/** How many came with a proof of work in this minute. @param max 0 to ask only */
const countProven = (memory: Memory, max: number) =>
  memory.count('tips proven', 'all', { max, windowMs: MINUTE })

/** Why a form was not taken that has no fault: it is shown again with what was written. */
export class Refusal {
  constructor(
    readonly status: number,
    readonly text: string,
    /** seconds until another try is worth it */
    readonly retryAfter: number,
  ) {}
}

/** What is thrown where too much comes at once or nothing can be stored, as a refusal. @throws anything else as it is */
export function asRefusal(error: unknown): Refusal {
  if (error instanceof TooMany) {
    const text = `${error.message} Send it again in ${inWords(error.retryAfter)}.`
    return new Refusal(error.status, text, error.retryAfter)
  }
  const problem = storageTrouble(error) ?? error
  if (problem instanceof Problem && problem.status === 503)
    return new Refusal(503, problem.message, problem instanceof Busy ? problem.retryAfter : MINUTE / 1_000)
  throw error
}

function inWords(seconds: number): string {
  return seconds <= 60 ? 'a minute' : `${Math.ceil(seconds / 60)} minutes`
}
