import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import view from '@fastify/view'
import Sqlite from 'better-sqlite3'
import { Eta } from 'eta'
import Fastify from 'fastify'

/**
 * The control of a page made anew: one row, one plain template, the same bytes. Argument: a file with the article's page, of
 * which title and text stand in the row and all the rest in the template.
 */
const folder = mkdtempSync(path.join(tmpdir(), 'handpress-control-'))
const page = readFileSync(process.argv[2] ?? '', 'utf8')
const [, head, title, between, body, rest] =
  /^(.*?<title>)([^<]*)(.*?<div class="prose">)(.*?)(<\/div>\s*<p class="print-address".*)$/s.exec(page) ?? []
if (body === undefined) throw new Error('This is no page of an article.')
writeFileSync(path.join(folder, 'page.eta'), `${head}<%= it.title %>${between}<%~ it.body %>${rest}`)
const db = new Sqlite(path.join(folder, 'control.db'))
db.pragma('journal_mode = WAL')
db.exec('create table articles (slug text primary key, title text, body text)')
db.prepare('insert into articles values (?, ?, ?)').run('lead', title, body)
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
