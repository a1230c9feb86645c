import { stat } from 'node:fs/promises'
import path from 'node:path'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { colleague } from '../support/desk.js'
import { openNewsroom } from '../support/newsroom.js'
import { movableClock } from '../support/press.js'
import { jpeg, keptFiles, photograph, type Sent, send, upload } from './darkroom.js'

describe('an upload', () => {
  test('answers scripts with what was taken, under names that Markdown can hold, and what was not', async () => {
    const press = await openNewsroom()
    const author = await colleague(press, 'author')
    const answer = await send(press, author, [
      { name: 'Größe der Stadt (1).JPG', content: await jpeg() },
      { name: 'Größe der Stadt (1).JPG', content: await jpeg(1000, 700) },
      { name: '写真.png', content: await photograph(300, 200).png().toBuffer() },
      { name: 'notes.txt', content: 'hello' },
    ])
    expect(answer.statusCode).toBe(200)
    const { pictures, problems } = answer.json() as Sent
    const month = new Date().toISOString().slice(0, 7).replace('-', '/')
    expect(pictures.map(picture => picture.name)).toEqual([
      `${month}/groesse-der-stadt-1.jpg`,
      `${month}/groesse-der-stadt-1-2.jpg`,
      `${month}/写真.png`,
    ])
    expect(pictures[0]).toMatchObject({ width: 1200, height: 800, alt: '' })
    expect(pictures[0]?.srcset).toMatch(/^\/media\/\S+-480\.jpg 480w, \/media\/\S+ 960w, \/media\/\S+ 1200w$/)
    expect(problems).toEqual([{ file: 'notes.txt', problem: expect.stringContaining('not a picture') }])
    const slug = await press.publish({
      body: pictures.map(({ name }) => `![What it shows](${name} "Caption | Credit")`).join('\n\n'),
    })
    const { body } = await press.http.inject(`/articles/${slug}`)
    for (const { src } of pictures) expect(body).toContain(`src="${src}"`)
    for (const { src } of pictures) expect((await press.http.inject(src)).statusCode).toBe(200)
  })

  test('without scripts leads back to the library, which says what happened', async () => {
    const press = await openNewsroom()
    const writer = await colleague(press, 'contributor')
    const html = { headers: { accept: 'text/html' } }
    const good = await send(press, writer, [{ name: 'a.jpg', content: await jpeg() }], html)
    expect(good.statusCode).toBe(303)
    expect(good.headers.location).toBe('/admin/media')
    const said = good.cookies.find(cookie => cookie.name === 'handpress-said')?.value ?? ''
    const page = await writer.get('/admin/media', { cookie: `${writer.cookie}; handpress-said=${said}` })
    expect(page.body).toContain('One picture was added.')
    expect(page.body).toContain('No alternative text')
    const bad = await send(press, writer, [{ name: 'b.jpg', content: 'text' }], html)
    expect(bad.statusCode).toBe(422)
    expect(bad.body).toContain('One file was not taken')
    const none = await send(press, writer, [], html)
    expect(none.statusCode).toBe(422)
    expect(none.body).toContain('No file was chosen')
  })

  test('that breaks off leaves nothing behind', async () => {
    const press = await openNewsroom()
    const writer = await colleague(press, 'author')
    const whole = await jpeg()
    const boundary = 'cut'
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n${await writer.token()}\r\n--${boundary}\r\nContent-Disposition: form-data; name="files"; filename="a.jpg"\r\n\r\n`
    const answer = await press.http.inject({
      method: 'POST',
      url: '/admin/media',
      payload: Buffer.concat([Buffer.from(head), whole.subarray(0, 2_000)]),
      headers: { 'content-type': `multipart/form-data; boundary=${boundary}`, cookie: writer.cookie },
    })
    expect(answer.statusCode).toBe(400)
    expect(keptFiles(press)).toEqual([])
  })
})

test('the editor’s dialogs find pictures by their words, newest first', async () => {
  const press = await openNewsroom()
  const author = await colleague(press, 'author')
  const first = await upload(press, author, 'harbour.jpg')
  await upload(press, author, 'bridge.jpg')
  await author.post(`/admin/media/${first.id}`, { alt: 'Ships at dawn', credit: 'Zoë Čapek' })
  const pick = async (query: string) => (await author.get(`/admin/media/pick?${query}`)).json() as Sent
  expect((await pick('q=')).pictures.map(({ name }) => name.split('/')[2])).toEqual([
    'bridge.jpg',
    'harbour.jpg',
  ])
  expect((await pick('q=zoe+SHIPS')).pictures).toEqual([
    expect.objectContaining({ id: first.id, alt: 'Ships at dawn', credit: 'Zoë Čapek' }),
  ])
  expect((await pick('q=%25')).pictures).toEqual([])
})

describe('who may change a picture', () => {
  test('is its uploader and the editors; for others it stands in the library as it is', async () => {
    const press = await openNewsroom()
    const [author, other, editor] = [
      await colleague(press, 'author'),
      await colleague(press, 'contributor'),
      await colleague(press, 'editor'),
    ]
    const { id, name } = await upload(press, author, 'a.jpg')
    const page = `/admin/media/${id}`
    const seen = await other.get(page)
    expect(seen.statusCode).toBe(200)
    expect(seen.body).toContain('Only who uploaded it')
    expect(seen.body).not.toMatch(/action="\/admin\/media\/|\/original"/)
    const fields = { alt: 'Changed', focalX: '10', focalY: '20' }
    expect((await other.post(page, fields)).statusCode).toBe(404)
    expect((await other.post(`${page}/deletion`)).statusCode).toBe(404)
    expect((await other.get(`${page}/original`)).statusCode).toBe(404)
    const replacing = [{ name: 'b.jpg', content: await jpeg(100, 100), field: 'file' }]
    const refused = await send(press, other, replacing, { url: `${page}/replacement`, headers: {} })
    expect(refused.body).toContain('not yours to change')
    expect(keptFiles(press).filter(file => file.startsWith('media-originals'))).toHaveLength(1)
    for (const who of [author, editor]) {
      expect((await who.post(page, fields)).statusCode).toBe(303)
      expect((await who.get(`${page}/original`)).statusCode).toBe(200)
    }
    expect((await editor.post(`${page}/deletion`)).statusCode).toBe(303)
    expect((await editor.get('/admin/media')).body).not.toContain(name)
    expect((await press.audit.verify()).problems).toEqual([])
  })
})

test('the original is handed to staff as it came, as a file to save and never to show', async () => {
  const press = await openNewsroom()
  const author = await colleague(press, 'author')
  const content = await jpeg()
  const { id, name } = await upload(press, author, 'a.jpg', content)
  const answer = await author.get(`/admin/media/${id}/original`)
  expect(answer.rawPayload.equals(content)).toBe(true)
  expect(answer.headers).toMatchObject({
    'content-type': 'image/jpeg',
    'cache-control': 'no-store',
    'content-disposition': "attachment; filename*=UTF-8''a.jpg",
    'x-content-type-options': 'nosniff',
    'content-security-policy': expect.stringContaining('sandbox'),
  })
  const [file = ''] = keptFiles(press).filter(kept => kept.startsWith('media-originals/'))
  expect((await stat(path.join(press.dataDir, file))).mode & 0o777).toBe(0o600)
  for (const address of [`/${file}`, `/media/../${file}`, `/media/${path.basename(file)}`, `/media/${name}`])
    expect((await press.http.inject(address)).statusCode, address).toBe(404)
})

describe('what a picture says', () => {
  test('is asked for, marked where it is missing, and may be nothing only when somebody says so', async () => {
    const press = await openNewsroom()
    const author = await colleague(press, 'author')
    const { id } = await upload(press, author, 'a.jpg')
    const page = `/admin/media/${id}`
    const missing = async () => (await author.get('/admin/media?show=without-alt')).body.includes(page)
    expect(await missing()).toBe(true)
    expect(await press.media.withoutAlt()).toBe(1)
    expect((await author.get(page)).body).toContain('has no alternative text')
    const both = await author.post(page, { alt: 'A house', decorative: '1', caption: 'Kept <b>' })
    expect(both.statusCode).toBe(422)
    expect(both.body).toContain('A decorative picture has no alternative text')
    expect(both.body).toContain('value="Kept &lt;b&gt;"')
    expect((await author.post(page, { focalX: '101' })).statusCode).toBe(422)
    await author.post(page, { decorative: '1' })
    expect(await missing()).toBe(false)
    await author.post(page, { alt: '', caption: 'A caption' })
    expect(await missing()).toBe(true)
    await author.post(page, { alt: 'A house', caption: 'A "caption"', credit: 'Ada' })
    expect(await press.media.withoutAlt()).toBe(0)
    expect((await author.get(page)).body).toContain('![A house](')
  })

  test('the focal point moves the crops of lists and the card', async () => {
    const press = await openNewsroom()
    const author = await colleague(press, 'author')
    const left = await sharp({ create: { width: 600, height: 400, channels: 3, background: '#ff0000' } })
      .png()
      .toBuffer()
    const content = await sharp({ create: { width: 2_000, height: 400, channels: 3, background: '#0000ff' } })
      .composite([{ input: left, left: 0, top: 0 }])
      .png()
      .toBuffer()
    const { id } = await upload(press, author, 'wide.png', content)
    await press.publish({ hero: { media: id, alt: 'Two colours', caption: '', credit: '' } })
    const shown = async () => {
      const { body } = await press.http.inject('/articles/story-1')
      const card = /og:image" content="http:\/\/localhost:3000([^"]+)"/.exec(body)?.[1] ?? ''
      const { channels } = await sharp((await press.http.inject(card)).rawPayload).stats()
      return { card, red: Math.round(channels[0]?.mean ?? 0) }
    }
    const before = await shown()
    expect(before.red).toBeLessThan(60)
    await author.post(`/admin/media/${id}`, { alt: 'Two colours', focalX: '12', focalY: '50' })
    const after = await shown()
    expect(after.red).toBeGreaterThan(150)
    expect((await press.http.inject('/')).body).toMatch(/<img[^>]+class="fx1"/)
    expect((await press.http.inject(before.card)).statusCode).toBe(404)
  })
})

describe('a replaced picture', () => {
  test('shows on every page at once under the same name; of the old one nothing is left', async () => {
    const press = await openNewsroom()
    const author = await colleague(press, 'author')
    const picture = await upload(press, author, 'a.jpg', await jpeg(1200, 800))
    const slug = await press.publish({
      hero: { media: picture.id, alt: 'Above', caption: '', credit: '' },
      body: `![Within](${picture.name})`,
    })
    const address = `/articles/${slug}`
    const [, modified] = [await press.http.inject(address), await press.site.lastChange()]
    await press.media.makeWaiting()
    const before = new Set(keptFiles(press))
    const answer = await send(
      press,
      author,
      [{ name: 'new.png', content: await photograph(900, 900).png().toBuffer() }],
      {
        url: `/admin/media/${picture.id}/replacement`,
        headers: {},
      },
    )
    expect(answer.statusCode).toBe(303)
    const { body } = await press.http.inject(address)
    expect(body).not.toContain(picture.src)
    expect(body.match(/width="900" height="900"/g)).toHaveLength(2)
    expect(keptFiles(press).filter(file => before.has(file))).toEqual([])
    expect((await press.http.inject(picture.src)).statusCode).toBe(404)
    expect(await press.site.lastChange()).not.toBe(modified)
    const [found] = ((await author.get('/admin/media/pick')).json() as Sent).pictures
    expect(found).toMatchObject({ id: picture.id, name: picture.name })
  })

  test('stays as it was when the new file cannot be shown', async () => {
    const press = await openNewsroom()
    const author = await colleague(press, 'author')
    const picture = await upload(press, author, 'a.jpg')
    const before = keptFiles(press)
    const replace = (content: Buffer) =>
      send(press, author, [{ name: 'a.jpg', content }], {
        url: `/admin/media/${picture.id}/replacement`,
        headers: {},
      })
    const answer = await replace((await jpeg(500, 500)).subarray(0, 4_000))
    expect(answer.statusCode).toBe(422)
    expect(answer.body).toContain('damaged or incomplete')
    expect(keptFiles(press)).toEqual(before)
  })
})

describe('where a picture is shown', () => {
  test('stands on its page; it can be deleted only when that is nowhere', async () => {
    const press = await openNewsroom()
    const editor = await colleague(press, 'editor')
    const hero = await upload(press, editor, 'hero.jpg')
    const inside = await upload(press, editor, 'inside.jpg')
    const portrait = await upload(press, editor, 'portrait.jpg')
    await press.publish({
      title: 'Shows two',
      hero: { media: hero.id, alt: '', caption: '', credit: '' },
      body: `A paragraph.\n\n![](${inside.name})`,
    })
    await press.articles.desk.saveAuthor({
      slug: 'ada',
      name: 'Ada',
      bio: '',
      picture: portrait.id,
      pictureAlt: '',
      links: [],
    })
    for (const [picture, where] of [
      [hero, 'Shows two'],
      [inside, 'Shows two'],
      [portrait, 'Ada'],
    ] as const) {
      expect((await editor.get(`/admin/media/${picture.id}`)).body).toContain(`>${where}</a>`)
      const refused = await editor.post(`/admin/media/${picture.id}/deletion`)
      expect(refused.statusCode).toBe(409)
      expect(refused.body).toContain('Take it out there first')
      expect(refused.body).toContain(`>${where}</a>`)
    }
    const unused = await editor.get('/admin/media?show=unused')
    expect(unused.body).toContain('No picture fits')
    await press.publish({ slug: 'story-1', title: 'Shows none' })
    expect((await editor.post(`/admin/media/${hero.id}/deletion`)).statusCode).toBe(303)
    expect((await editor.post(`/admin/media/${inside.id}/deletion`)).statusCode).toBe(303)
  })

  test('counts working copies: what a draft shows is not deleted under its writer until the draft itself is deleted for good', async () => {
    const press = await openNewsroom()
    const author = await colleague(press, 'author')
    const picture = await upload(press, author, 'a.jpg')
    const created = await author.post('/admin/articles')
    const article = String(created.headers.location)
    const form = await author.get(article)
    const version = /data-version="(\d+)"/.exec(form.body)?.[1] ?? ''
    const section = /<option value="([0-9a-f-]{36})"/.exec(form.body)?.[1] ?? ''
    const saved = await author.post(article, {
      title: 'A draft',
      section,
      body: `![](${picture.name})`,
      version,
    })
    expect(saved.statusCode).toBe(303)
    expect((await author.post(`/admin/media/${picture.id}/deletion`)).statusCode).toBe(409)
    expect((await author.get(`/admin/media/${picture.id}`)).body).toContain(`<a href="${article}"`)
    await author.post(`${article}/trash`)
    expect((await author.post(`/admin/media/${picture.id}/deletion`)).statusCode).toBe(409)
    await (await colleague(press, 'editor')).post('/admin/articles/trash/empty')
    expect((await author.post(`/admin/media/${picture.id}/deletion`)).statusCode).toBe(303)
  })
})

test('the library is paged by key, newest first, each picture once', async () => {
  const press = await openNewsroom()
  const author = await colleague(press, 'author')
  const content = await jpeg(20, 20)
  const names = Array.from({ length: 50 }, (_, index) => ({ name: `p${index}.jpg`, content }))
  await send(press, author, names)
  await send(press, author, names.slice(0, 20))
  const seen: string[] = []
  let address: string | undefined = '/admin/media'
  while (address) {
    const { body } = await author.get(address)
    seen.push(...[...body.matchAll(/class="shelf-name"[^>]*>([^<]+)</g)].map(match => match[1] ?? ''))
    address = /rel="next" href="([^"]+)"/.exec(body)?.[1]?.replace(/&amp;/g, '&')
  }
  expect(seen).toHaveLength(70)
  expect(new Set(seen).size).toBe(70)
  expect(seen[0]).toContain('p19-2.jpg')
})

test('portraits and the logo that editors choose at the desk count as shown', async () => {
  const press = await openNewsroom()
  const editor = await colleague(press, 'editor')
  const portrait = await upload(press, editor, 'portrait.jpg')
  const logo = await upload(press, editor, 'logo.png')
  await editor.post('/admin/authors', { name: 'Ada Writer', slug: 'ada' })
  const { items } = { items: await editor.get('/admin/authors') }
  const author = /\/admin\/authors\/[0-9a-f-]{36}/.exec(items.body)?.[0] ?? ''
  expect(
    (await editor.post(author, { name: 'Ada Writer', slug: 'ada', picture: portrait.id })).statusCode,
  ).toBe(303)
  const { identity } = await press.site.site()
  await press.site.saveIdentity({ ...identity, logo: logo.id })
  for (const [{ id }, where] of [
    [portrait, author],
    [logo, '/admin/site/look'],
  ] as const) {
    expect((await editor.get(`/admin/media/${id}`)).body).toContain(`<a href="${where}"`)
    expect((await editor.post(`/admin/media/${id}/deletion`)).statusCode).toBe(409)
  }
  await press.site.saveIdentity({ ...identity, logo: null })
  expect((await editor.post(`/admin/media/${logo.id}/deletion`)).statusCode).toBe(303)
})

describe('a deleted picture', () => {
  test('is gone for readers at once, and can be taken back for a day', async () => {
    const { clock, advance } = movableClock(new Date().toISOString())
    const press = await openNewsroom({}, { clock })
    const [author, other] = [await colleague(press, 'author'), await colleague(press, 'contributor')]
    const content = await jpeg()
    const picture = await upload(press, author, 'a.jpg', content)
    await author.post(`/admin/media/${picture.id}`, { alt: 'A house', focalX: '30' })
    const deleted = await author.post(`/admin/media/${picture.id}/deletion`)
    const said = deleted.cookies.find(cookie => cookie.name === 'handpress-said')?.value ?? ''
    expect(
      (await author.get('/admin/media', { cookie: `${author.cookie}; handpress-said=${said}` })).body,
    ).toContain(`action="/admin/media/${picture.id}/restoration"`)
    expect(keptFiles(press).filter(file => file.startsWith('media/'))).toEqual([])
    expect((await author.get(`/admin/media/${picture.id}`)).statusCode).toBe(404)
    expect((await other.post(`/admin/media/${picture.id}/restoration`)).statusCode).toBe(404)
    expect((await author.post(`/admin/media/${picture.id}/restoration`)).statusCode).toBe(303)
    expect((await press.http.inject(picture.src)).statusCode).toBe(200)
    expect((await author.get(`/admin/media/${picture.id}/original`)).rawPayload.equals(content)).toBe(true)
    expect((await author.get('/admin/media/pick')).json()).toMatchObject({ pictures: [{ alt: 'A house' }] })
    expect((await author.post(`/admin/media/${picture.id}/restoration`)).statusCode).toBe(404)
    await author.post(`/admin/media/${picture.id}/deletion`)
    await press.media.sweep()
    expect(keptFiles(press)).toHaveLength(1)
    advance(25 * 3_600_000)
    await press.media.sweep()
    expect(keptFiles(press)).toEqual([])
  })

  test('does not take back its name from another', async () => {
    const press = await openNewsroom()
    const author = await colleague(press, 'author')
    const picture = await upload(press, author, 'a.jpg')
    await author.post(`/admin/media/${picture.id}/deletion`)
    await upload(press, author, 'a.jpg')
    const before = keptFiles(press).sort()
    const answer = await author.post(`/admin/media/${picture.id}/restoration`)
    expect(answer.statusCode).toBe(409)
    expect(answer.body).toContain('Another picture has its name now')
    expect(keptFiles(press).sort()).toEqual(before)
  })
})
