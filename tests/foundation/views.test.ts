import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { openViews } from '../../src/foundation/views.js'

function views(files: Record<string, string>) {
  const folder = mkdtempSync(path.join(tmpdir(), 'handpress-views-'))
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, `${name}.eta`), text)
  return openViews(folder)
}

test('a part of a page gets what it is given, and nothing of the page besides', () => {
  const { eta } = views({
    page: '<%~ include("/part", { own: "given" }) %>|<%~ include("/part") %>|<%~ include("/part", it) %>',
    part: '<%= it.own ?? "-" %> <%= it.title ?? "-" %>',
  })
  expect(eta.render('/page', { title: 'A & B' })).toBe('given -|- -|- A &amp; B')
})

test('a layout gets the page’s model, what the page says to it, and the page; whoever gave the model keeps it', () => {
  const { print } = views({
    page: '<% layout("/layout", { sheet: "wide" }) %><p><%= it.title %></p>',
    layout: '<%= it.title %> <%= it.sheet %> <%~ it.body %>',
  })
  const model = { title: 'A & B' }
  expect(print('/page', model).body.toString()).toBe('A &amp; B wide <p>A &amp; B</p>')
  expect(model).toEqual({ title: 'A & B' })
})

test('a page is printed of several models, of which later ones go before earlier ones', () => {
  const { print } = views({ page: '<%= it.a %><%= it.b %><%~ it.cast("<hr>") %>' })
  expect(print('/page', { a: 1, b: 1 }, { b: 2 }).body.toString()).toBe('12<hr>')
})
