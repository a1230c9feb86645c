import type { FastifyInstance } from 'fastify'
import { z } from 'zod'

/** What somebody at the desk may do, from most to least. The README's table says it in full. */
export const Role = z.enum(['owner', 'editor', 'author', 'contributor'])
export type Role = z.infer<typeof Role>

/** Who acts. What an actor may see or do is part of the query that fetches it. */
export interface Actor {
  id: string
  name: string
  role: Role
}

/** Roles as routes name them. */
export const everybody: readonly Role[] = Role.options
export const writers: readonly Role[] = ['owner', 'editor', 'author']
export const editors: readonly Role[] = ['owner', 'editor']
export const owners: readonly Role[] = ['owner']

/** A line of the desk's menu; those who may not go there do not see it. */
export interface MenuEntry {
  label: string
  path: string
  may: readonly Role[]
}

/** Pages of one feature for staff. They are registered inside the one signed-in scope, below /admin. */
export interface Room {
  menu: readonly MenuEntry[]
  /** Each route names the roles that may use it in `config.may`; one that does not stops the start. */
  open(scope: FastifyInstance): void | Promise<void>
}

/** What the next page tells of what was just done, with a way back where there is one. */
export interface Said {
  text: string
  /** a form that takes it back: where it posts to, and what its button says */
  undo?: { action: string; label: string }
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** who may use this route of the desk */
    may?: readonly Role[]
  }
  interface FastifyRequest {
    /** who is signed in; set on every request inside the signed-in scope */
    account: Actor & { email: string }
  }
  interface FastifyReply {
    /** Renders a page of the desk: never stored, with the menu, the account, the form token and what was said. */
    desk(view: string, model: object, options?: { status?: number }): Promise<FastifyReply>
    /** Tells something on the next page of the desk that this browser opens. */
    said(said: Said): FastifyReply
  }
}
