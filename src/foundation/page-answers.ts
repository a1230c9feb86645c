import type { IncomingMessage, ServerResponse } from 'node:http'
import type { KeptPage, PageCache } from './page-cache.js'
import { type Coded, headIfKnown } from './representation.js'

interface Exchange {
  request: IncomingMessage
  response: ServerResponse
  /** is told the status of the answer */
  told: (status: number) => void
}

/** Answers with a page that is kept, on the bare response: no hook and no header of a route comes in between. */
export function answerWith(
  cache: Pick<PageCache, 'grown' | 'taken'>,
  page: KeptPage,
  exchange: Exchange,
): void {
  const { representation } = page
  const encoding = representation.encodingFor(exchange.request.headers['accept-encoding'])
  if (encoding === 'br') cache.taken(page)
  const ready = representation.ready(encoding)
  if (ready) finish(ready, exchange)
  else
    representation
      .coded(encoding)
      .then(coded => {
        cache.grown(page)
        finish(coded, exchange)
      })
      // The compressor has no memory: there is nothing that could be said in place of the page.
      .catch(() => exchange.response.destroy())
}

function finish(coded: Coded, { request, response, told }: Exchange): void {
  const known = headIfKnown(request.headers, coded)
  const status = known ? 304 : 200
  response.writeHead(status, known ?? coded.head)
  if (known || request.method === 'HEAD') response.end()
  else response.end(coded.body)
  told(status)
}
