import { describe, expect, test } from 'vitest'
import { colleague } from '../support/desk.js'
import { openNewsroom } from '../support/newsroom.js'
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
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="files"; filename="a.jpg"\r\n\r\n`
    const answer = await press.http.inject({
      method: 'POST',
      url: `/admin/media?csrf=${await writer.token()}`,
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
