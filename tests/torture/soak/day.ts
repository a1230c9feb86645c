import type { Card } from './crowd.js'

const gzip = { 'accept-encoding': 'gzip' }
const brotli = { 'accept-encoding': 'br' }

/** What readers ask for in a day, in a thousand requests. @param url of the paper, whose pages say how files and states of pages are called */
export async function aDay(url: string): Promise<Card[]> {
  const page = async (address: string) => {
    const answer = await fetch(url + address, { headers: gzip })
    return { etag: answer.headers.get('etag') ?? '', body: await answer.text() }
  }
  const front = await page('/')
  const story = await page('/articles/backups-that-restore')
  const [, asset = ''] = /"(\/assets\/[^"]+)"/.exec(front.body) ?? []
  const [, picture = ''] = /"(\/media\/[^" ]+)"/.exec(story.body) ?? []
  if (!asset || !picture) throw new Error('The pages name no file or no picture.')
  const { etag } = await page(asset)
  const weighed = (weight: number, address: string, heads: Record<string, string> = gzip): Card => ({
    weight,
    address,
    heads,
  })
  return [
    weighed(165, '/'),
    weighed(60, '/', brotli),
    weighed(60, '/', { ...gzip, 'if-none-match': front.etag }),
    weighed(320, '/articles/story-{few}'),
    weighed(60, '/articles/story-{few}', brotli),
    weighed(40, '/articles/story-{few}', {}),
    // There are too many of these to be kept, so nearly each is made anew.
    weighed(5, '/articles/story-{any}'),
    weighed(40, '/sections/section-1'),
    weighed(20, '/tags/tag-{few}'),
    weighed(20, '/?page={few}'),
    weighed(50, '/feed.xml'),
    weighed(20, '/atom.xml'),
    weighed(10, '/sitemap.xml'),
    weighed(40, asset),
    weighed(20, asset, { ...gzip, 'if-none-match': etag }),
    weighed(10, picture, { range: 'bytes=0-1023' }),
    weighed(10, picture, {}),
    weighed(1, '/search?q=archive+{new}'),
    weighed(1, '/search?q=council'),
    weighed(8, '/articles/nothing-{new}'),
    weighed(4, '/nowhere/{new}?to=./..'),
    weighed(10, '/newsletter'),
    weighed(5, '/tips'),
    weighed(3, '/newsletter/confirm/{new}'),
    weighed(10, '/readyz', {}),
    { weight: 5, address: '/newsletter', body: 'email=reader-{new}%40d{few}.example&frequency=weekly' },
    { weight: 3, address: '/newsletter', body: 'email=not-an-address-{new}' },
  ]
}
