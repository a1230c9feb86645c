import { type Sql, sql } from '../../foundation/database.js'
import type { Actor } from '../../foundation/desk.js'

/**
 * The articles that somebody at the desk may see and work on, as a condition on `articles as a`. Every query of the
 * desk carries it, so that what one may not see is not there.
 */
export function visibleTo({ id, role }: Pick<Actor, 'id' | 'role'>): Sql {
  switch (role) {
    case 'owner':
    case 'editor':
      return sql`1 = 1`
    case 'author':
      return sql`a.account_id = ${id}`
    case 'contributor':
      return sql`(a.account_id = ${id} and a.status = 'draft' and a.trashed is null)`
  }
}

/** The articles in the trash that somebody may take out again, as a condition on `articles as a`. */
export function trashedBy({ id, role }: Pick<Actor, 'id' | 'role'>): Sql {
  switch (role) {
    case 'owner':
    case 'editor':
      return sql`1 = 1`
    case 'author':
      return sql`a.account_id = ${id}`
    case 'contributor':
      return sql`(a.account_id = ${id} and a.trashed_status = 'draft')`
  }
}
