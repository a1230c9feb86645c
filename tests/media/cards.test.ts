import { readdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import { openNewsroom, structuredData } from '../support/newsroom.js'

const ORIGIN = 'http://localhost:3000'
const cardOf = (html: string) =>
  /property="og:image" content="([^"]+)"/.exec(html)?.[1]?.replace(ORIGIN, '') ?? ''

test('a story without a picture has a drawn card of its own, which sharing and search engines are given', async () => {
  const press = await openNewsroom()
  const slug = await press.publish({ title: 'The council voted at night, and nobody had been told' })
  const { body } = await press.http.inject(`/articles/${slug}`)
  const address = cardOf(body)
  expect(address).toMatch(/^\/articles\/story-1\/card\/[0-9a-f]{16}\.png$/)
  expect(body).toContain('og:image:alt" content="The council voted at night')
  expect(structuredData(body).image).toEqual([ORIGIN + address])
  const card = await press.http.inject(address)
  expect(card.statusCode).toBe(200)
  expect(card.headers).toMatchObject({
    'content-type': 'image/png',
    'cache-control': 'public, max-age=31536000, immutable',
    'cross-origin-resource-policy': 'cross-origin',
  })
  expect(await sharp(card.rawPayload).metadata()).toMatchObject({ format: 'png', width: 1200, height: 630 })
})

test('nothing is drawn when a story is published, only when the card is first asked for, and then once', async () => {
  const press = await openNewsroom()
  const slug = await press.publish()
  const folder = path.join(press.dataDir, 'cards')
  const address = cardOf((await press.http.inject(`/articles/${slug}`)).body)
  await expect(readdir(folder)).rejects.toThrow('ENOENT')
  const answers = await Promise.all(Array.from({ length: 5 }, () => press.http.inject(address)))
  expect(answers.map(answer => answer.statusCode)).toEqual([200, 200, 200, 200, 200])
  const [id = ''] = await readdir(folder)
  const [file = ''] = await readdir(path.join(folder, id))
  await writeFile(path.join(folder, id, file), 'kept')
  expect((await press.http.inject(address)).body).toBe('kept')
})

test('the card changes with the title; its former address leads to it, and the former file is gone', async () => {
  const press = await openNewsroom()
  await press.publish({ slug: 'a', title: 'Before' })
  const before = cardOf((await press.http.inject('/articles/a')).body)
  await press.http.inject(before)
  await press.publish({ slug: 'a', title: 'After' })
  const after = cardOf((await press.http.inject('/articles/a')).body)
  expect(after).not.toBe(before)
  expect(await press.http.inject(before)).toMatchObject({ statusCode: 302, headers: { location: after } })
  expect((await press.http.inject(after)).statusCode).toBe(200)
  const [id = ''] = await readdir(path.join(press.dataDir, 'cards'))
  expect(await readdir(path.join(press.dataDir, 'cards', id))).toEqual([path.basename(after)])
})

test('a draft has no card, and a withdrawn story none any more', async () => {
  const press = await openNewsroom()
  await press.publish({ slug: 'a' })
  const address = cardOf((await press.http.inject('/articles/a')).body)
  await press.publish({ slug: 'a', status: 'withdrawn', withdrawnReason: 'A mistake.' })
  expect((await press.http.inject(address)).statusCode).toBe(410)
  await press.publish({ slug: 'b', status: 'draft' })
  expect((await press.http.inject('/articles/b/card/0000000000000000.png')).statusCode).toBe(404)
})

test('every title fits: long ones, one endless word, markup, control characters, other scripts', async () => {
  const press = await openNewsroom()
  const titles = [
    'A',
    'Short and to the point',
    'The long and winding history of the municipal water authority, its four chairmen, the pumps that they bought, and the one that never ran: '
      .repeat(2)
      .slice(0, 300),
    'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft'.repeat(3),
    '<span size="900000">&amp; "quotes" </span>',
    'with\u0000control\u001bcharacters and \ud800 halves',
    'Όλοι οι άνθρωποι γεννιούνται ελεύθεροι',
    'Все люди рождаются свободными и равными',
    'يولد جميع الناس أحرارا متساوين في الكرامة والحقوق',
    '',
    '\u200b',
  ]
  for (const [index, title] of titles.entries()) {
    const text = { title, section: 'Security', outlet: 'The Paper', accent: '#a02d1b' }
    const card = await press.media.cards.of(`card-${index}`, text)
    if (process.env.CARDS) await writeFile(path.join(process.env.CARDS, `${index}.png`), card)
    const edge = await sharp(card).extract({ left: 1120, top: 20, width: 80, height: 610 }).png().toBuffer()
    const margin = await sharp(edge).stats()
    expect(
      margin.channels.map(channel => channel.min),
      title,
    ).toEqual([255, 253, 249])
  }
})

test('titles are drawn in the paper’s own typeface, not in what the machine happens to have', async () => {
  const press = await openNewsroom()
  const text = { title: 'Hamburgefonstiv', section: 'S', outlet: 'O', accent: '#000000' }
  await press.media.cards.of('any', text)
  const draw = async (font: string) =>
    sharp({ text: { text: 'Hamburgefonstiv', font: `${font} Bold 60`, dpi: 72 } })
      .raw()
      .toBuffer({ resolveWithObject: true })
  const ours = await draw('Source Serif 4')
  const fallback = await draw('No such family')
  expect(ours.info.width).not.toBe(fallback.info.width)
})
