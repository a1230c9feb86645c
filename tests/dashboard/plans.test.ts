import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { glanceRepository } from '../../src/articles/desk/glance.repository.js'
import { type Database, raw, type Sql, sql } from '../../src/foundation/database.js'
import { openSqlite } from '../../src/foundation/sqlite.js'
import { outboxRepository } from '../../src/mail/repository.js'
import { newsletterRepository } from '../../src/newsletter/sign-up/repository.js'
import { openNewsroom } from '../support/newsroom.js'

test('the desk’s first page walks along indexes only, and sorts nothing but the few rows that it shows', async () => {
  const press = await openNewsroom()
  const db = openSqlite(path.join(press.dataDir, 'site.db'))
  onTestFinished(() => db.close())
  const steps: string[] = []
  const explained = async (query: Sql) => {
    const rows = await db.all(sql`${raw('explain query plan')} ${query}`)
    steps.push(...(rows as { detail: string }[]).map(row => row.detail))
  }
  const all = async (query: Sql) => explained(query).then(() => db.all(query))
  const get = async (query: Sql) => explained(query).then(() => db.get(query))
  const watched = { ...db, all, get } as Database

  const glance = glanceRepository(watched)
  for (const whose of [undefined, 'somebody']) {
    await glance.inState('scheduled', whose, 'planned', 10)
    await glance.inState('published', whose, 'published', 10)
    await glance.inState('waiting', whose, 'changed', 10)
    await glance.count('draft', whose, 1_000)
  }
  await glance.held(100)
  await glance.heroesWithoutAlt(100)
  await outboxRepository(watched).troubled('2021', 5)
  await outboxRepository(watched).countTroubled('2021', 1_000)
  await newsletterRepository(watched).perQuarter('confirmed', '2021')
  await newsletterRepository(watched).countActive()

  const scans = steps.filter(
    step => /^SCAN /.test(step) && !/^SCAN (f|found|failed|late|CONSTANT|\(subquery)/.test(step),
  )
  expect(scans.filter(step => !/articles_held|articles_hero_without_alt/.test(step))).toEqual([])
  expect(
    steps.filter(
      step => /^SEARCH l\b/.test(step) && !/COVERING|desk_list_states_by|desk_list_by_publication/.test(step),
    ),
  ).toEqual([])
})
