import type { FastifyReply } from 'fastify'
import { unknownCodename, untoldCodename } from './codename-scheme.js'
import type { Refusal } from './flood.js'
import { type FieldProblem, UNCERTAIN } from './measures.js'
import type { Fields } from './schema.js'
import type { SourceService, Visit } from './service.js'
import { SESSION_MINUTES } from './sessions.js'

export interface SourcePagesServices {
  tips: SourceService
  /** the salt of codenames, for the source's script */
  salt: Buffer
  onionUrl: string | undefined
}

/** A form that was not taken, to be shown again. */
export interface Rejected {
  fields?: Fields | undefined
  problem?: FieldProblem | undefined
  /** nothing is wrong with it, but it has to come again later */
  refusal?: Refusal | undefined
  /** files came with it, which a browser does not keep */
  hadFiles?: boolean
}

const said = {
  untold: untoldCodename,
  ended: `You are not signed in any more: ${SESSION_MINUTES} minutes have passed, or you have left. Type your codename.`,
  stillThere: 'What you wrote still stands in the form below; nothing of it was kept here.',
  filesAgain: 'Choose your files again: a browser does not keep them.',
}

export type SourcePages = ReturnType<typeof sourcePages>

/** The pages that a source sees. */
export function sourcePages({ tips, salt, onionUrl }: SourcePagesServices) {
  const page = async (
    reply: FastifyReply,
    view: string,
    model: object,
    status = 200,
  ): Promise<FastifyReply> => {
    const sealing = { recipients: (await tips.recipients()).join(' '), salt: salt.toString('hex') }
    return reply.page(`tips/${view}`, { sealing, ...model }, { cache: 'secret', status })
  }

  const form = async (reply: FastifyReply, rejected: Rejected = {}): Promise<FastifyReply> => {
    if ((await tips.recipients()).length === 0)
      return page(reply, 'closed', { title: 'The tip line is closed', path: '/tips' }, 503)
    const model = {
      ...{ title: 'Send a tip', path: '/tips', onionUrl },
      description: 'How to tell the newsroom something, what is kept of it, and what cannot be promised.',
      ...again(rejected),
    }
    return page(later(reply, rejected), 'form', model, statusOf(rejected))
  }

  const returnForm = (
    reply: FastifyReply,
    { problem, fields, refusal }: { problem?: string; fields?: Fields; refusal?: Refusal } = {},
  ): Promise<FastifyReply> => {
    const text = fields?.message || fields?.contact ? fields : undefined
    const model = { title: 'Come back to your tip', problem, fields: text, refusal: refusal?.text }
    return page(later(reply, { refusal }), 'return', model, refusal?.status ?? (problem ? 422 : 200))
  }

  return {
    form,

    /** A tip has arrived. @param codename unless the source's own browser has made it */
    received: (reply: FastifyReply, codename?: string) =>
      page(reply, 'received', { title: 'Your tip has arrived', codename: codename ?? '' }),

    /** The form that brought it was sent again; the codename was shown before. */
    receivedBefore: (reply: FastifyReply) =>
      page(reply, 'received-before', { title: 'Your tip has arrived already' }),

    /** Where a source types the codename. */
    returnForm,

    /** The words lead nowhere, or nobody is signed in, or too many are trying; what was written besides is kept on the page. */
    notSignedIn: async (reply: FastifyReply, fields: Fields, refusal?: Refusal) => {
      if (refusal) return returnForm(reply, { fields, refusal })
      if (!fields.codename && !fields.lookup)
        return returnForm(reply, { problem: fields.session ? said.ended : said.untold, fields })
      return returnForm(reply, { problem: unknownCodename(fields.codename), fields })
    },

    /** The source's tip. */
    status: (
      reply: FastifyReply,
      visit: Visit,
      more: Rejected & { added?: boolean; uncertain?: boolean } = {},
    ) => {
      const { session, kept } = visit
      const byBrowser = session.identity === undefined
      const erasureProblem = more.uncertain ? UNCERTAIN : undefined
      const failed = statusOf(more) ?? (erasureProblem ? 422 : 200)
      const { token, ends } = session
      const model = { kept, token, ends: ends.toISOString(), byBrowser, added: more.added, erasureProblem }
      return page(later(reply, more), 'status', { title: 'Your tip', ...model, ...again(more) }, failed)
    },

    left: (reply: FastifyReply) => page(reply, 'left', { title: 'You have left your tip' }),

    erased: (reply: FastifyReply) => page(reply, 'erased', { title: 'Your tip is erased' }),
  }
}

function again({ fields, problem, hadFiles, refusal }: Rejected): object {
  const filesAgain = hadFiles ? said.filesAgain : undefined
  return { fields, problem: refusal ? refused(refusal, fields) : problem, filesAgain }
}

function refused({ status, text }: Refusal, fields: Fields | undefined): FieldProblem {
  const kept = fields?.message || fields?.contact ? ` ${said.stillThere}` : ''
  return { status, field: 'send', text: text + kept }
}

function statusOf({ problem, refusal }: Rejected): number | undefined {
  return refusal?.status ?? problem?.status
}

function later(reply: FastifyReply, { refusal }: Rejected): FastifyReply {
  return refusal ? reply.header('retry-after', String(refusal.retryAfter)) : reply
}
