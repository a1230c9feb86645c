import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import view from '@fastify/view'
import Sqlite from 'better-sqlite3'
import { Eta } from 'eta'
import Fastify from 'fastify'

/** The control of a page made anew: one row, one plain template. Argument: a file with the article's HTML. */
const folder = mkdtempSync(path.join(tmpdir(), 'handpress-control-'))
writeFileSync(
  path.join(folder, 'page.eta'),
  '<!doctype html><html><title><%= it.title %></title><body><%~ it.body %></body></html>',
)
const db = new Sqlite(path.join(folder, 'control.db'))
db.pragma('journal_mode = WAL')
db.exec('create table articles (slug text primary key, title text, body text)')
db.prepare('insert into articles values (?, ?, ?)').run(
  'lead',
  'The lead',
  readFileSync(process.argv[2] ?? '', 'utf8'),
)
const bySlug = db.prepare('select title, body from articles where slug = ?')
const http = Fastify()
await http.register(view, {
  engine: { eta: new Eta({ views: folder, cache: true }) },
  root: folder,
  viewExt: 'eta',
})
http.get('/', async () => 'ready')
http.get<{ Params: { slug: string } }>('/articles/:slug', async (request, reply) =>
  reply.view('page', bySlug.get(request.params.slug) as object),
)
await http.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })
