import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { colleague } from '../support/desk.js'
import { openNewsroom } from '../support/newsroom.js'
import { holding } from '../support/tips.js'
import { jpeg, keptFiles, type Sent, send } from './darkroom.js'
import { PAYLOAD, polyglots, refused } from './hostile.js'

test('bombs, drawings with scripts, broken files and what only looks like a picture are refused with a sentence, and nothing is left of them', async () => {
  const press = await openNewsroom()
  const author = await colleague(press, 'author')
  for (const [name, content] of await refused()) {
    const answer = await send(press, author, [{ name, content }])
    expect(answer.statusCode, name).toBe(200)
    const { pictures, problems } = answer.json() as Sent
    expect(pictures, name).toEqual([])
    expect(problems, name).toEqual([{ file: name, problem: expect.stringMatching(/^[A-Z].{20,}\.$/) }])
    expect(problems[0]?.problem, name).not.toMatch(/undefined|vips|Error|Input/)
    expect(keptFiles(press), name).toEqual([])
  }
  expect((await author.get('/admin/media/pick')).json()).toEqual({ pictures: [] })
  expect(press.logged()).not.toContain('request failed')
}, 300_000)

test('a file of one byte too many is refused, the largest that is taken is not, and the others of the upload are taken', async () => {
  const press = await openNewsroom()
  const author = await colleague(press, 'author')
  const picture = await jpeg(300, 200)
  const most = 40 * 1_048_576
  const answer = await send(press, author, [
    { name: 'too-large.jpg', content: Buffer.concat([picture, Buffer.alloc(most - picture.length + 1)]) },
    { name: 'largest.jpg', content: Buffer.concat([picture, Buffer.alloc(most - picture.length)]) },
    { name: 'small.jpg', content: picture },
  ])
  const { pictures, problems } = answer.json() as Sent
  expect(problems).toEqual([{ file: 'too-large.jpg', problem: expect.stringContaining('larger than 40 MB') }])
  expect(pictures.map(({ name }) => path.basename(name))).toEqual(['largest.jpg', 'small.jpg'])
  expect(keptFiles(press).filter(file => file.startsWith('media-originals'))).toHaveLength(2)
})

test('a picture under the name of something else is refused; among pictures the content decides what its name is', async () => {
  const press = await openNewsroom()
  const author = await colleague(press, 'author')
  const content = await jpeg(20, 20)
  const names = ['page.html', 'run.EXE', 'photo.jpg.php', 'shell.sh']
  const refused = (
    await send(
      press,
      author,
      names.map(name => ({ name, content })),
    )
  ).json() as Sent
  expect(refused.pictures).toEqual([])
  expect(refused.problems.map(({ file }) => file)).toEqual(names)
  for (const { problem } of refused.problems) expect(problem).toContain('let the name end in .jpg')
  expect(keptFiles(press)).toEqual([])
  const taken = ['plain', 'Screen 2020.12.24', 'other.PNG'].map(name => ({ name, content }))
  const { pictures } = (await send(press, author, taken)).json() as Sent
  expect(pictures.map(({ name }) => path.extname(name))).toEqual(['.jpg', '.jpg', '.jpg'])
})

test('of a picture that is something else as well nothing but the picture gets out', async () => {
  const press = await openNewsroom()
  const author = await colleague(press, 'author')
  for (const [name, content] of await polyglots()) {
    const { pictures, problems } = (await send(press, author, [{ name, content }])).json() as Sent
    expect(problems, name).toEqual([])
    expect(pictures, name).toHaveLength(1)
  }
  await press.media.makeWaiting()
  expect(holding(path.join(press.dataDir, 'media-originals'), PAYLOAD)).toHaveLength(5)
  expect(holding(path.join(press.dataDir, 'media'), 'payload')).toEqual([])
})

test('what is no upload at all is refused', async () => {
  const press = await openNewsroom()
  const author = await colleague(press, 'author')
  expect((await author.post('/admin/media', { files: 'a.jpg' })).statusCode).toBe(415)
  const withoutToken = await press.http.inject({
    method: 'POST',
    url: '/admin/media',
    payload: '--x--\r\n',
    headers: { 'content-type': 'multipart/form-data; boundary=x', cookie: author.cookie },
  })
  expect(withoutToken.statusCode).toBe(403)
})

test('more files than one upload may have: the first are taken and the sentence says so', async () => {
  const press = await openNewsroom()
  const author = await colleague(press, 'author')
  const content = await jpeg(20, 20)
  const files = Array.from({ length: 52 }, (_, index) => ({ name: `${index}.jpg`, content }))
  const { pictures, problems } = (await send(press, author, files)).json() as Sent
  expect(pictures).toHaveLength(50)
  expect(problems.map(({ problem }) => problem).join()).toContain('More than 50 files')
})

test('the public files hold no trace of the camera: place, time, device, colour profile, in any format', async () => {
  const press = await openNewsroom()
  const author = await colleague(press, 'author')
  const { default: sharp } = await import('sharp')
  const content = await sharp(await jpeg(800, 600))
    .withExif({
      IFD0: { Make: 'TRACE-MAKER', Model: 'TRACE-MODEL', Copyright: 'TRACE-OWNER' },
      IFD2: { DateTimeOriginal: '2020:12:24 09:00:00', BodySerialNumber: 'TRACE-SERIAL' },
      IFD3: {
        GPSLatitudeRef: 'N',
        GPSLatitude: '52/1 31/1 12/1',
        GPSLongitudeRef: 'E',
        GPSLongitude: '13/1 24/1 18/1',
      },
    })
    .withXmp(
      '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description>TRACE-XMP</rdf:Description></rdf:RDF></x:xmpmeta>',
    )
    .withIccProfile('p3')
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer()
  expect(
    content.includes('TRACE-MAKER') && content.includes('TRACE-XMP') && content.includes('ICC_PROFILE'),
  ).toBe(true)
  const [picture] = ((await send(press, author, [{ name: 'trace.jpg', content }])).json() as Sent).pictures
  expect(picture).toMatchObject({ width: 600, height: 800 }) // upright: the orientation was applied
  await press.media.makeWaiting()
  const files = keptFiles(press).filter(file => file.startsWith('media/'))
  expect(files.map(file => path.extname(file)).sort()).toEqual([
    '.avif',
    '.avif',
    '.jpg',
    '.jpg',
    '.jpg',
    '.webp',
    '.webp',
  ])
  for (const file of files) {
    const bytes = readFileSync(path.join(press.dataDir, file))
    for (const trace of ['TRACE', 'Exif', 'GPS', 'xmpmeta', 'ICC_PROFILE', '2020:12:24'])
      expect(bytes.includes(trace), `${file} ${trace}`).toBe(false)
    const { exif, xmp, icc, iptc, orientation, space } = await sharp(bytes).metadata()
    expect({ exif, xmp, icc, iptc, orientation, space }, file).toEqual({ space: 'srgb' })
  }
  const [original] = keptFiles(press).filter(file => file.startsWith('media-originals/'))
  expect(readFileSync(path.join(press.dataDir, original ?? '')).equals(content)).toBe(true)
})
