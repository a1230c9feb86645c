import type { Metrics } from '../foundation/metrics.js'
import type { Post } from './post.js'

/** Counts what becomes of mail by relay, called by its place in `SMTP_URL`: a host's name may tell who pays for it. */
export function counted(post: Post, metrics: Metrics): Post {
  const outcomes = metrics.counter(
    'handpress_mail_total',
    'Mails handed to a relay, by its place in SMTP_URL, and what became of them.',
    ['relay', 'outcome'],
  )
  const placeOf = (name: string): string => {
    const place = post.relays().findIndex(relay => relay.name === name)
    return place < 0 ? 'folder' : String(place + 1)
  }
  return {
    ...post,
    get width() {
      return post.width
    },
    async lane(options) {
      const lane = await post.lane(options)
      return {
        ...lane,
        async send(envelope, message) {
          const outcome = await lane.send(envelope, message)
          outcomes.add([placeOf(lane.relay), outcome.kind])
          return outcome
        },
      }
    },
  }
}
