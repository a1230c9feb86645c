import { AllResting, type Envelope, type Outcome, type Post } from './post.js'

/** What became of a mail, and which relay said so; none was asked while all rest. */
export type Offered = Outcome & { relay?: string }

/**
 * Offers a mail to one relay after the other, before whatever else waits for them, as long as they say that the cause of a refusal is
 * theirs.
 */
export async function offer(post: Post, envelope: Envelope, message: Buffer): Promise<Offered> {
  let offered: Offered | undefined
  for (let tries = Math.max(1, post.relays().length); tries > 0; tries -= 1) {
    const lane = await post.lane({ first: true }).catch(resting)
    if (lane instanceof AllResting) return offered ?? { kind: 'later', of: 'relay', reason: lane.message }
    const outcome = await lane.send(envelope, message).finally(() => lane.release())
    offered = { ...outcome, relay: lane.relay }
    if (outcome.kind !== 'later' || outcome.of !== 'relay') break
  }
  return offered as Offered
}

function resting(error: unknown): AllResting {
  if (error instanceof AllResting) return error
  throw error
}
