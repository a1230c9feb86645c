import type { FastifyInstance, FastifyReply } from 'fastify'
import { owners, type Role, type Room } from '../../foundation/desk.js'
import { Invalid } from '../../foundation/errors.js'
import { readForm } from '../../foundation/form.js'
import type { SiteService } from '../../site/index.js'
import { FactorRuleForm, InvitationForm, RoleForm } from '../schema.js'
import type { StaffService } from '../service.js'

interface Params {
  Params: { id: string }
}

interface Shown {
  problems?: Record<string, string>
  typed?: Record<string, string>
}

const config = { may: owners }
const confirmed = { may: owners, confirmed: true }

/** What each role may do, in a sentence for who chooses one. */
const roles: { value: Role; label: string }[] = [
  { value: 'contributor', label: 'Contributor: writes drafts and hands them in' },
  { value: 'author', label: 'Author: writes and publishes their own articles' },
  { value: 'editor', label: 'Editor: edits and publishes everything' },
  { value: 'owner', label: 'Owner: everything, accounts too' },
]

/** The accounts of the newsroom. */
export function peopleRoom({ staff, site }: { staff: StaffService; site: SiteService }): Room {
  return {
    menu: [{ label: 'People', path: '/admin/people', may: owners }],
    open(scope) {
      listAndInvite(scope, staff, site)
      onePerson(scope, staff, site)
    },
  }
}

function listAndInvite(scope: FastifyInstance, staff: StaffService, site: SiteService): void {
  scope.get('/people', { config }, async (_request, reply) => {
    const { dates } = await site.site()
    const model = { people: await staff.people(), asksForFactor: await staff.asksForFactor(), dates }
    return reply.desk('staff/people', { title: 'People', path: '/admin/people', ...model })
  })

  scope.post('/people/second-factor', { config: confirmed }, async (request, reply) => {
    const form = readForm(FactorRuleForm, request.body)
    if (form.problems) throw new Invalid('Say whether everybody needs a second factor, or nobody has to.')
    const asks = form.values.ask === 'everybody'
    await staff.askForFactor(request.account, asks)
    reply.said({
      text: asks
        ? 'Everybody needs a second factor from now on; who has none sets one up first.'
        : 'Everybody decides about a second factor of their own again.',
    })
    return reply.redirect('/admin/people', 303)
  })

  scope.get('/people/invite', { config: confirmed }, async (_request, reply) => invitePage(reply, {}))

  scope.post('/people/invite', { config: confirmed }, async (request, reply) => {
    const form = readForm(InvitationForm, request.body)
    if (form.problems) return invitePage(reply, form)
    const { email, role } = form.values
    if (await staff.hasAccount(email))
      return invitePage(reply, { problems: { email: taken }, typed: { email, role } })
    await staff.invite(request.account, form.values)
    reply.said({ text: `An invitation is on its way to ${email}. It opens for three days.` })
    return reply.redirect('/admin/people', 303)
  })
}

function onePerson(scope: FastifyInstance, staff: StaffService, site: SiteService): void {
  scope.get<Params>('/people/:id', { config }, async (request, reply) => {
    const person = await staff.person(request.params.id)
    const { dates } = await site.site()
    const title = person.name || person.email
    return reply.desk('staff/person', { title, path: '/admin/people/one', person, roles, dates })
  })

  scope.post<Params>('/people/:id/invite', { config: confirmed }, async (request, reply) => {
    const { email } = await staff.inviteAgain(request.account, request.params.id)
    reply.said({ text: `A new invitation is on its way to ${email}; the one before opens nothing any more.` })
    return reply.redirect('/admin/people', 303)
  })

  scope.post<Params>('/people/:id/role', { config: confirmed }, async (request, reply) => {
    const form = readForm(RoleForm, request.body)
    if (form.problems) throw new Invalid('Choose one of the four roles.')
    const { id } = request.params
    const before = await staff.changeRole(request.account, id, form.values.role)
    const change =
      before.role === form.values.role
        ? `${before.role} already, nothing was changed.`
        : `${before.role} before, ${form.values.role} now.`
    reply.said({ text: `${before.name || before.email}: ${change}` })
    return reply.redirect(`/admin/people/${id}`, 303)
  })

  scope.post<Params>('/people/:id/disable', { config: confirmed }, async (request, reply) => {
    const { id } = request.params
    const { name } = await staff.disable(request.account, id)
    const undo = { action: `/admin/people/${id}/enable`, label: 'Let in again' }
    reply.said({ text: `${name} is signed out everywhere and cannot sign in.`, undo })
    return reply.redirect(`/admin/people/${id}`, 303)
  })

  scope.post<Params>('/people/:id/enable', { config: confirmed }, async (request, reply) => {
    const { name } = await staff.enable(request.account, request.params.id)
    reply.said({ text: `${name} can sign in again.` })
    return reply.redirect(`/admin/people/${request.params.id}`, 303)
  })

  scope.post<Params>('/people/:id/factors', { config: confirmed }, async (request, reply) => {
    const { name } = await staff.removeFactors(request.account, request.params.id)
    reply.said({ text: `${name} signs in with the password alone until a second factor is set up again.` })
    return reply.redirect(`/admin/people/${request.params.id}`, 303)
  })

  scope.post<Params>('/people/:id/remove', { config: confirmed }, async (request, reply) => {
    const { name, email, state } = await staff.remove(request.account, request.params.id)
    const text =
      state === 'invited'
        ? `The invitation of ${email} opens nothing any more.`
        : `The account of ${name} is gone. Its articles stay.`
    reply.said({ text })
    return reply.redirect('/admin/people', 303)
  })
}

function invitePage(reply: FastifyReply, shown: Shown): Promise<FastifyReply> {
  const model = {
    title: 'Invite somebody',
    path: '/admin/people/invite',
    roles,
    problems: {},
    typed: {},
    ...shown,
  }
  return reply.desk('staff/invite', model, { status: shown.problems ? 422 : 200 })
}

const taken = 'This address has an account already, or an invitation. Look for it in the list.'
