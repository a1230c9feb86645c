import type { IncomingMessage, ServerResponse } from 'node:http'
import type { KeptPage, PageCache } from './page-cache.js'
import { answerToKnowing, type Coded } from './representation.js'
import { mayBeWhole, sendWhole } from './whole-answers.js'

interface Exchange {
  request: IncomingMessage
  response: ServerResponse
  /** how long the connection waits for the next request, in milliseconds; to be said where nothing but this knows of the response */
  patience?: number
  /** is told the status of the answer */
  told: (status: number) => void
}

/** Answers with a page that is kept, on the bare response: no hook and no header of a route comes in between. */
export function answerWith(cache: Pick<PageCache, 'taken'>, page: KeptPage, exchange: Exchange): void {
  const { representation } = page
  const encoding = representation.encodingFor(exchange.request.headers['accept-encoding'])
  if (encoding === 'br') cache.taken(page)
  const ready = representation.ready(encoding)
  if (ready) finish(ready, exchange)
  else
    representation
      .coded(encoding)
      .then(coded => finish(coded, exchange))
      // The compressor has no memory: there is nothing that could be said in place of the page.
      .catch(() => exchange.response.destroy())
}

function finish(coded: Coded, { request, response, patience, told }: Exchange): void {
  const known = answerToKnowing(request.headers, coded)
  const answer = known ?? coded.answer
  if (patience !== undefined && mayBeWhole(request, response)) sendWhole(response, answer.bytes(patience))
  else {
    response.writeHead(answer.status, answer.fields as string[])
    response.end(known || request.method === 'HEAD' ? undefined : answer.body)
  }
  told(answer.status)
}
