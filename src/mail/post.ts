/** What became of a mail that was given to a relay. */
export type Outcome =
  /** the relay keeps it now */
  | { kind: 'accepted'; response: string }
  /** refused for good (5xx); `of` tells whether because of this recipient (which it is unless told), of us, or of what the mail holds */
  | { kind: 'refused'; of?: 'recipient' | 'relay' | 'mail'; reason: string }
  /** nobody took it, surely: try again later; `of` tells whether the recipient or the relay is the cause */
  | { kind: 'later'; of: 'recipient' | 'relay'; reason: string }
  /** the connection was lost after the last byte and before the answer: it may have arrived */
  | { kind: 'unknown'; reason: string }

export interface Envelope {
  /** the return path */
  from: string
  to: string
}

/** An open connection to a relay, for one mail at a time. */
export interface Lane {
  /** the relay's name as it may be shown: host and port */
  relay: string
  /** Never rejects. @param message RFC 5322, signed, with CRLF */
  send(envelope: Envelope, message: Buffer): Promise<Outcome>
  /** Gives the connection back; whoever took it must call this. */
  release(): void
}

/** No relay takes mail at the moment. */
export class AllResting extends Error {
  override name = 'AllResting'
  constructor(
    /** when the first of them will be tried again */
    readonly until: Date,
    reason: string,
  ) {
    super(reason)
  }
}

/** The relays, in their order. */
export interface Post {
  /** how many mails may be under way at once: the connections of the first relay that takes mail now */
  readonly width: number
  /**
   * Waits for a free connection of the first relay that takes mail now, opened and signed in, within its rate.
   * @param options `first`: goes before all who wait and did not say so; for mail that somebody sits and waits for
   * @throws AllResting
   */
  lane(options?: { first?: boolean }): Promise<Lane>
  /** Reads how much each relay took today; another process may have given it mail. */
  begin(): Promise<void>
  /** Writes that down. */
  pause(): Promise<void>
  /** How each relay does; none while mail is written to files. */
  relays(): RelayState[]
  /** Ends a relay's rest: the next mail is offered to it. */
  wakeRelay(name: string): void
  /** Writes down what has to be kept and hangs up. */
  close(): Promise<void>
}

/** How a relay does, as the desk may show it. */
export interface RelayState {
  /** host and port */
  name: string
  connections: { busy: number; open: number; most: number }
  /** accepted since midnight UTC */
  sentToday: number
  perDay?: number
  perMinute?: number
  resting?: { until: Date; reason: string }
}
