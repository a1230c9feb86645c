/**
 * What a visitor may be told went wrong. One handler (`error-pages.ts`) turns each into a page; anything
 * else that is thrown is a fault of ours and shows as 500 without detail.
 */
export class Problem extends Error {
  override name = 'Problem'
  /** What the page is headed with in place of the words for its status */
  readonly heading?: string
  constructor(
    /** HTTP status of the answer */
    readonly status: number,
    /** A sentence for the visitor that says what to do next */
    message: string,
  ) {
    super(message)
  }
}

/** 404: there is nothing at this address. */
export class NotFound extends Problem {
  constructor(message = 'The address may be mistyped, or the page has moved.') {
    super(404, message)
  }
}

/** 410: there was something here and it was withdrawn on purpose. */
export class Gone extends Problem {
  constructor(message = 'It was withdrawn by the editors.') {
    super(410, message)
  }
}

/** 403: the visitor may not do this. */
export class Forbidden extends Problem {
  constructor(message = 'Sign in with an account that may do this, then try again.') {
    super(403, message)
  }
}

/** 409: what this change was made to has changed meanwhile. */
export class Conflict extends Problem {
  constructor(message = 'It was changed meanwhile. Open it again, then make your change there.') {
    super(409, message)
  }
}

/** 422: a parameter or field is not what the page can work with. */
export class Invalid extends Problem {
  constructor(message = 'A part of the request is not valid. Go back, correct it and send it again.') {
    super(422, message)
  }
}

/** 413: more was sent than is taken. */
export class TooLarge extends Problem {
  constructor(message = 'What was sent is larger than this page takes. Send less at once.') {
    super(413, message)
  }
}

/** 429: too many requests; the answer carries `Retry-After`. */
export class TooMany extends Problem {
  constructor(
    /** seconds until another try is worth it */
    readonly retryAfter: number,
    message = 'Too many requests came from your network in a short time.',
  ) {
    super(429, message)
  }
}

const SOON = 5

/** 503: more comes than can be worked on; the answer carries `Retry-After`. */
export class Busy extends Problem {
  constructor(
    message: string,
    /** seconds until another try is worth it */
    readonly retryAfter = SOON,
  ) {
    super(503, message)
  }
}

/** Seconds until it is worth trying again; undefined where that changes nothing. */
export function retryAfter(problem: Problem): number | undefined {
  if (problem instanceof TooMany || problem instanceof Busy) return problem.retryAfter
  return problem.status === 503 ? SOON : undefined
}

/** Something that the operator at the shell can mend; the message says it all, no stack is shown. */
export class OperatorError extends Error {
  override name = 'OperatorError'
}
