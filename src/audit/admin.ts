import type { Dates } from '../foundation/dates.js'
import { owners, type Room } from '../foundation/desk.js'
import { type Entry, Query } from './schema.js'
import type { AuditService } from './service.js'

interface Services {
  audit: AuditService
  /** how the site writes dates; it stands on the trail, so the trail cannot ask it itself */
  dates: () => Promise<Dates>
}

/** The trail as owners read it. */
export function auditRoom({ audit, dates }: Services): Room {
  return {
    menu: [{ label: 'Audit', path: '/admin/audit', may: owners }],
    open(scope) {
      scope.get('/audit', { config: { may: owners } }, async (request, reply) => {
        const { before, person, kind } = Query.parse(request.query)
        const { entries, next } = await audit.page({ person, kind }, before)
        return reply.desk('audit/trail', {
          ...{ title: 'Audit trail', path: '/admin/audit', dates: await dates(), person, kind, before },
          ...(await audit.choices()),
          entries: entries.map(shown),
          older: next && `/admin/audit?${address({ person, kind, before: next })}`,
        })
      })
    },
  }
}

function shown(entry: Entry) {
  const details = Object.entries(JSON.parse(entry.details)).filter(
    ([, value]) => value !== null && value !== '',
  )
  return {
    ...entry,
    action: entry.action.replaceAll('-', ' '),
    details: details.map(([name, value]) => `${name.replaceAll('-', ' ')}: ${String(value)}`).join(' · '),
  }
}

function address(query: Record<string, string | number | undefined>): string {
  const said = Object.entries(query).filter(([, value]) => value !== undefined)
  return new URLSearchParams(said.map(([name, value]) => [name, String(value)])).toString()
}
