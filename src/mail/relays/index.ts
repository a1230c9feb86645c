import { performance } from 'node:perf_hooks'
import type { RelaySettings } from '../../config.js'
import type { Clock } from '../../foundation/clock.js'
import type { Database } from '../../foundation/database.js'
import type { Log } from '../../foundation/log.js'
import { AllResting, type Lane, type Outcome, type Post } from '../post.js'
import type { Connection } from './connection.js'
import { type Days, openDays } from './days.js'
import type { Answer } from './dialogue.js'
import { openRelay, type Relay } from './relay.js'
import { verdict } from './verdict.js'

export interface RelaysServices {
  db: Database
  clock: Clock
  log: Log
}

interface Waiter {
  first: boolean
  resolve(lane: Lane): void
  reject(error: AllResting): void
}

/** The relays of `SMTP_URL` in their order. The first that takes mail gets all of it; the next takes over while it rests. */
export async function openRelays(
  settings: RelaySettings[],
  { db, clock, log }: RelaysServices,
): Promise<Post> {
  const days = await openDays(db, clock, log)
  const relays = settings.map(each => openRelay(each, { clock, days, ticks: () => performance.now() }))
  const urgent: Waiter[] = []
  const patient: Waiter[] = []
  let timer: NodeJS.Timeout | undefined
  let closed = false

  const pump = (): void => {
    for (let waiter = urgent[0] ?? patient[0]; waiter; waiter = urgent[0] ?? patient[0]) {
      const { first } = waiter
      const queue = first ? urgent : patient
      const relay = closed ? undefined : relays.find(each => !each.away(first))
      if (!relay) {
        queue.shift()?.reject(allResting(relays, first, clock))
        continue
      }
      if (!relay.free(first)) return
      const wait = relay.pace.wait()
      if (wait > 0) {
        pumpAfter(wait)
        return
      }
      queue.shift()
      relay.pace.take()
      void give(relay, waiter)
    }
  }
  const pumpAfter = (milliseconds: number): void => {
    timer ??= setTimeout(() => {
      timer = undefined
      pump()
    }, milliseconds)
  }

  const give = async (relay: Relay, waiter: Waiter): Promise<void> => {
    try {
      const connection = await relay.take()
      waiter.resolve(lane({ relay, connection, relays, days, first: waiter.first, freed: pump }))
    } catch {
      relay.pace.giveBack()
      const queue = waiter.first ? urgent : patient
      queue.unshift(waiter)
      pump()
    }
  }

  return {
    get width() {
      const relay = relays.find(each => !each.away(false)) ?? relays[0]
      return relay?.settings.connections ?? 1
    },
    lane: ({ first = false } = {}) =>
      new Promise((resolve, reject) => {
        const queue = first ? urgent : patient
        queue.push({ first, resolve, reject })
        pump()
      }),
    begin: days.read,
    pause: days.write,
    relays: () => relays.map(relay => relay.state()),
    wakeRelay(name) {
      relays.find(({ settings }) => settings.name === name)?.rest.end()
    },
    async close() {
      closed = true
      if (timer) clearTimeout(timer)
      pump()
      for (const relay of relays) relay.close()
      await days.close()
    },
  }
}

interface Track {
  relay: Relay
  connection: Connection
  relays: readonly Relay[]
  days: Days
  first: boolean
  freed: () => void
}

function lane({ relay, connection, relays, days, first, freed }: Track): Lane {
  let held: Connection | undefined = connection
  let released = false

  const carried: Lane['send'] = async (envelope, message) => {
    if (!held) return { kind: 'later', of: 'relay', reason: 'The connection was lost.' }
    const used = held.carried > 0
    const answer = await held.send(envelope, message)
    // A relay may hang up on a session that stood idle. Nobody has the mail then, and a new session may carry it.
    if (!used || !lostBefore(answer)) return outcome(answer)
    held = await relay.replace(held).catch(() => undefined)
    return held
      ? outcome(await held.send(envelope, message))
      : { kind: 'later', of: 'relay', reason: answer.reason }
  }

  const outcome = (answer: Answer): Outcome => {
    if ('response' in answer) {
      days.count(relay.settings.name)
      relay.rest.thrive()
      return { kind: 'accepted', response: answer.response }
    }
    const { reason, code } = answer
    const judged = verdict(answer)
    if (judged.kind === 'unknown') {
      days.count(relay.settings.name)
      relay.rest.stumble(reason, { atOnce: false })
      return { kind: 'unknown', reason }
    }
    const another = relays.some(other => other !== relay && !other.away(first))
    if (judged.of === 'relay') relay.rest.stumble(reason, { atOnce: another && code !== undefined })
    if (judged.kind === 'later') return { ...judged, reason }
    // A refusal that is about us, not the recipient, is one relay's opinion: another is asked, when there is one.
    return judged.of === 'relay' && another ? { kind: 'later', of: 'relay', reason } : { ...judged, reason }
  }

  return {
    relay: relay.settings.name,
    send: carried,
    release() {
      if (released) return
      released = true
      relay.giveBack(held)
      freed()
    },
  }
}

function lostBefore(answer: Answer): answer is Exclude<Answer, { response: string }> {
  return !('response' in answer) && answer.code === undefined && !answer.handed
}

function allResting(relays: readonly Relay[], first: boolean, clock: Clock): AllResting {
  const resting = relays.flatMap(relay => {
    const away = relay.away(first)
    return away ? [{ name: relay.settings.name, ...away }] : []
  })
  const until = resting.map(each => each.until).sort((one, other) => one.getTime() - other.getTime())[0]
  const reasons = resting.map(({ name, reason }) => `${name}: ${reason}`)
  return new AllResting(until ?? clock(), reasons.join(' · ') || 'The press is closing.')
}
