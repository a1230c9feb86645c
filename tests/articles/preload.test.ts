import sharp from 'sharp'
import { expect, test } from 'vitest'
import { openNewsroom } from '../support/newsroom.js'

test('the picture that a reader sees first is named in the head, as the page itself will choose it; without one nothing is', async () => {
  const press = await openNewsroom()
  const noise = { type: 'gaussian', mean: 90, sigma: 30 } as const
  const wide = { create: { width: 1_200, height: 600, channels: 3, noise, background: '#000' } } as const
  const { id: media } = await press.media.add('wide.png', await sharp(wide).png().toBuffer())
  const hero = { media, alt: 'Noise', caption: '', credit: '' }
  const slug = await press.publish({ hero, published: '2021-01-03T00:00:00.000Z' })
  await press.media.makeWaiting()
  for (const url of ['/', `/articles/${slug}`]) {
    const { body } = await press.http.inject(url)
    const [head = '', shown = ''] = body.split('</head>')
    const [link = ''] = /<link rel="preload"[^>]*>/.exec(head) ?? []
    expect(link, url).toContain('as="image"')
    const [, type, srcset, sizes] =
      /type="([^"]+)" imagesrcset="([^"]+)" imagesizes="([^"]+)"/.exec(link) ?? []
    expect(shown).toContain(`<source type="${type}" srcset="${srcset}" sizes="${sizes}">`)
    expect(type).toBe('image/avif')
  }
  const plain = await press.publish()
  expect((await press.http.inject(`/articles/${plain}`)).body).not.toContain('rel="preload"')
  expect((await press.http.inject('/archive')).body).not.toContain('rel="preload"')
})
