import { utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { openSampleEdition } from '../support/edition.js'
import { openNewsroom } from '../support/newsroom.js'
import { openPress } from '../support/press.js'
import { jpeg, keptFiles, photograph } from './darkroom.js'

const avifs = (press: { dataDir: string }) =>
  keptFiles(press as never).filter(file => file.endsWith('.avif')).length

describe('what readers get of a picture', () => {
  test('is AVIF and WebP at the layout’s widths with JPEG for all others, its size always said, and only what is there', async () => {
    const press = await openNewsroom()
    const hero = await press.media.add('hero.jpg', await jpeg(2_000, 1_000))
    await press.media.add('small.jpg', await jpeg(700, 500))
    await press.publish({
      slug: 'a',
      hero: { media: hero.id, alt: 'A & B', caption: '', credit: '' },
      body: '![Small](small.jpg)',
    })
    const pictures = async () =>
      (await press.http.inject('/articles/a')).body.match(/<picture>.*?<\/picture>/gs) ?? []
    expect((await pictures()).join()).not.toContain('image/avif')
    await press.media.makeWaiting()
    const [above = '', within = ''] = await pictures()
    expect([...above.matchAll(/<source type="([^"]+)"/g)].map(match => match[1])).toEqual([
      'image/avif',
      'image/webp',
    ])
    expect(above).toMatch(
      /<img src="\/media\/\S+-960.jpg" srcset="\S+-480.jpg 480w, \S+-960.jpg 960w, \S+-1600.jpg 1600w" sizes="[^"]+" width="1600" height="800" alt="A &amp; B" fetchpriority="high"/,
    )
    expect(above).not.toContain('loading=')
    expect(within).toMatch(
      /<img src="\/media\/\S+-480.jpg" srcset="\S+-480.jpg 480w, \S+-700.jpg 700w"[^>]+ width="700" height="500"[^>]* loading="lazy"/,
    )
    for (const [, file = '', width] of `${above}${within}`.matchAll(/(\/media\/\S+) (\d+)w/g)) {
      const answer = await press.http.inject(file)
      expect(answer.headers, file).toMatchObject({
        'cache-control': 'public, max-age=31536000, immutable',
        'content-type': `image/${path.extname(file).slice(1).replace('jpg', 'jpeg')}`,
      })
      expect((await sharp(answer.rawPayload).metadata()).width, file).toBe(Number(width))
    }
    const feed = await press.http.inject('/feed.xml')
    expect(feed.body).toContain('/media/')
    expect(feed.body).not.toMatch(/<\/?picture|<source|srcset/)
  })

  test('keeps transparency where the format can, and shows white where it cannot', async () => {
    const press = await openNewsroom()
    const clear = {
      create: { width: 100, height: 100, channels: 4 as const, background: { r: 0, g: 0, b: 0, alpha: 0 } },
    }
    const { src, sources } = await press.media.add('logo.png', await sharp(clear).png().toBuffer())
    const pixel = async (address: string) => [
      ...(
        await sharp((await press.http.inject(address)).rawPayload)
          .raw()
          .toBuffer()
      ).subarray(0, 4),
    ]
    expect((await pixel(src)).slice(0, 3)).toEqual([255, 255, 255])
    expect((await pixel(sources[0]?.srcset.split(' ')[0] ?? ''))[3]).toBe(0)
  })

  test('comes out in sRGB from prints, greys and deep colours', async () => {
    const press = await openNewsroom()
    for (const [name, content] of [
      ['print.jpg', await photograph(60, 40).toColourspace('cmyk').jpeg().toBuffer()],
      ['grey.png', await photograph(60, 40).toColourspace('b-w').png().toBuffer()],
      ['deep.png', await photograph(60, 40).toColourspace('rgb16').png().toBuffer()],
      ['one.gif', await photograph(1, 1).gif().toBuffer()],
    ] as const) {
      const { card } = await press.media.add(name, content)
      expect(await sharp((await press.http.inject(card)).rawPayload).metadata(), name).toMatchObject({
        ...{ space: 'srgb', width: 1200, height: 630 },
      })
    }
  })
})

describe('AVIF files', () => {
  test('are made after the upload, and by the next start where the last one did not come to it', async () => {
    const first = await openNewsroom()
    await first.media.add('a.jpg', await jpeg(1_000, 600))
    expect(avifs(first)).toBe(0)
    await first.http.close()
    const second = await openPress({ DATA_DIR: first.dataDir })
    await second.http.listen({ port: 0, host: '127.0.0.1' })
    await expect.poll(() => avifs(second), { timeout: 60_000 }).toBe(3)
    await expect
      .poll(async () => (await second.media.byNames(['a.jpg'])).get('a.jpg')?.sources.length)
      .toBe(2)
  })

  test('of an original that is gone or broken are given up, and the picture stays as it is', async () => {
    const press = await openNewsroom()
    const { src } = await press.media.add('a.jpg', await jpeg(600, 400))
    await press.media.add('b.jpg', await jpeg(500, 400))
    const [, original = ''] = keptFiles(press)
      .filter(file => file.startsWith('media-originals/'))
      .sort()
    await writeFile(path.join(press.dataDir, original), 'broken')
    for (let count = 0; count < 4; count++) await press.media.makeWaiting()
    expect(press.logged().match(/no AVIF was made/g)).toHaveLength(3)
    expect((await press.http.inject(src)).statusCode).toBe(200)
    expect(avifs(press)).toBe(2)
  })
})

test('files that no picture names are swept once they are an hour old; all others stay', async () => {
  const press = await openNewsroom()
  await press.media.add('a.jpg', await jpeg())
  await press.media.makeWaiting()
  const kept = keptFiles(press).sort()
  const long = new Date(Date.now() - 2 * 3_600_000)
  for (const file of ['media/left.webp', 'media-originals/left.jpg', 'media-originals/incoming/left']) {
    await writeFile(path.join(press.dataDir, file), 'x')
    await utimes(path.join(press.dataDir, file), long, long)
  }
  for (const file of kept) await utimes(path.join(press.dataDir, file), long, long)
  await writeFile(path.join(press.dataDir, 'media-originals/incoming/under-way'), 'x')
  await press.media.sweep()
  expect(keptFiles(press).sort()).toEqual([...kept, 'media-originals/under-way'].sort())
})

test('the sample edition says something of each of its pictures, and knows where each is shown', async () => {
  const press = await openSampleEdition()
  expect(await press.media.withoutAlt()).toBe(0)
  const owner = { id: '0', name: 'x', role: 'owner' as const }
  const { pictures } = await press.media.page({ q: '', show: 'all', type: '' }, owner)
  expect(pictures).toHaveLength(22)
  expect(pictures.filter(({ item }) => !item.used)).toEqual([])
})
