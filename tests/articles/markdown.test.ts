import { readFileSync } from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createMarkdown } from '../../src/foundation/markdown/markdown.js'
import { commonMarkParser } from '../../src/foundation/markdown/parser.js'

const markdown = createMarkdown({ language: 'en', date: iso => `on ${iso}` })
const pictures = new Map([
  [
    'pictures/press.png',
    {
      ...{ src: '/media/a.jpg', srcset: '/media/a.jpg 480w', width: 480, height: 270, focus: '' },
      sources: [{ type: 'image/webp', srcset: '/media/a.webp 480w' }],
    },
  ],
])
const html = (body: string) => markdown.html(markdown.read(body), pictures)

test('every example of the CommonMark standard comes out as the standard has it', () => {
  const spec = readFileSync(path.join(import.meta.dirname, '../fixtures/commonmark-spec.txt'), 'utf8')
  const examples = [...spec.matchAll(/^`{32} example\n([\s\S]*?)^\.\n([\s\S]*?)^`{32}$/gm)]
  expect(examples.length).toBeGreaterThan(650)
  const parser = commonMarkParser()
  const visible = (text = '') => text.replaceAll('→', '\t')
  const different = examples.filter(
    ([, source, expected]) => parser.render(visible(source)) !== visible(expected),
  )
  expect(different.map(([example]) => example)).toEqual([])
})

test('a text whose page is made can still be shown with other pictures, cut into blocks and told in plain words', () => {
  const text = '![A press](pictures/press.png)\n\nA note.[^1]\n\n[^1]: Its words.'
  const read = markdown.read(text)
  const shown = markdown.html(read, pictures)
  expect(markdown.html(read)).not.toEqual(shown)
  expect(markdown.html(read, pictures)).toEqual(shown)
  const unread = createMarkdown({ language: 'en', date: String })
  const afresh = unread.read(text)
  expect(markdown.blocks(read, pictures)).toEqual(unread.blocks(afresh, pictures))
  const plain = { width: 72, link: () => '', note: (number: number) => ` (note ${number})` }
  expect(markdown.plain(read, plain)).toEqual(unread.plain(afresh, plain))
})

describe('what newsrooms need besides', () => {
  test('quotation marks are set as the language sets them', () => {
    expect(html('She said "no", and that\'s it.')).toContain('“no”, and that’s it.')
    const german = createMarkdown({ language: 'de-AT', date: iso => iso })
    expect(german.html(german.read('Er sagte "nein".'))).toContain('„nein“')
  })

  test('tables scroll by themselves and footnotes lead there and back', () => {
    expect(html('| a |\n|---|\n| 1 |')).toContain(
      '<div class="table" role="group" tabindex="0" aria-label="Table"><table>',
    )
    const noted = html('A claim.[^1]\n\n[^1]: Its source.')
    expect(noted).toContain('href="#fn1" id="fnref1"')
    expect(noted).toContain('<li id="fn1" class="footnote-item"><p>Its source. <a href="#fnref1"')
  })

  test('headings can be linked to', () => {
    expect(html('## What is alleged')).toContain('<h2 id="part-what-is-alleged">')
  })

  test('a picture alone is a figure with caption and credit', () => {
    const figure = html('![A *hand* press](pictures/press.png "In use since 1450 | Drawing: Staff")')
    expect(figure).toMatch(
      /^<figure><picture><source type="image\/webp".*<img src="\/media\/a.jpg".* alt="A hand press" .*<figcaption>In use since 1450 <small class="credit">Drawing: Staff<\/small><\/figcaption><\/figure>/,
    )
  })

  test('a picture on another server becomes a link, so that nobody there learns who reads', () => {
    expect(html('![A cat](https://elsewhere.example/cat.png)')).toContain(
      '<a href="https://elsewhere.example/cat.png">A cat</a>',
    )
    expect(html('<img src="https://elsewhere.example/pixel.gif">')).not.toContain('<img')
  })

  test('a frame from elsewhere becomes a plain link with its title', () => {
    const framed = html('<iframe src="https://video.example/embed/1" title="The hearing"></iframe>')
    expect(framed).toBe('<a href="https://video.example/embed/1">The hearing</a>')
  })

  test('a web link alone in its paragraph is a card that names the host', () => {
    expect(html('[The hearing](https://video.example/1)')).toContain(
      '<p class="link-card"><a href="https://video.example/1">The hearing <span class="host">video.example</span></a></p>',
    )
  })
})

describe('report blocks', () => {
  const report =
    '::: report outlet="The Other Paper" byline="A. Writer" headline="What we found" url="https://other.example/a" published="2020-12-21" updated="2020-12-23"\nThey found it.\n:::'

  test('credit the outlet with cite and time', () => {
    const shown = html(report)
    expect(shown).toContain(
      '<p class="label">Reported by <a href="https://other.example/a"><cite>The Other Paper</cite></a></p>',
    )
    expect(shown).toContain(
      'By A. Writer · published <time datetime="2020-12-21">on 2020-12-21</time> · updated <time datetime="2020-12-23">',
    )
    expect(shown).toContain('<p>They found it.</p>')
  })

  test('keep a record of who reported what', () => {
    expect(markdown.read(report).reports).toEqual([
      {
        outlet: 'The Other Paper',
        byline: 'A. Writer',
        headline: 'What we found',
        url: 'https://other.example/a',
        published: '2020-12-21',
        updated: '2020-12-23',
      },
    ])
  })

  test('drop addresses and dates that are none', () => {
    const shown = html(
      '::: report outlet="<script>x</script>" url="javascript:alert(1)" published="yesterday"\nText.\n:::',
    )
    expect(shown).not.toContain('javascript:')
    expect(shown).not.toContain('<script')
    expect(shown).not.toContain('<time')
  })
})

describe('hostile texts', () => {
  const attacks = [
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '<svg><script>alert(1)</script></svg>',
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
    '<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>',
    '<a href="javascript:alert(1)">x</a>',
    '<a href="java\nscript:alert(1)">x</a>',
    '<a href=" &#14; javascript:alert(1)">x</a>',
    '[x](javascript:alert(1))',
    '[x](data:text/html,<script>alert(1)</script>)',
    '[x](<java\tscript:alert(1)>)',
    '![x](javascript:alert(1))',
    '<p style="background:url(javascript:alert(1))">x</p>',
    '<details open ontoggle=alert(1)>x</details>',
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    '<object data="javascript:alert(1)"></object>',
    '<base href="https://evil.example/">',
    '<input autofocus onfocus=alert(1)>',
    '# <img src=x onerror=alert(1)>',
    '::: report outlet="x" headline="<img src=x onerror=alert(1)>"\n<script>alert(1)</script>\n:::',
    '::: note\n<script>alert(1)</script>\n:::',
    '[^1]\n\n[^1]: <script>alert(1)</script>',
  ]

  test.each(attacks)('%s runs nothing', attack => {
    expectHarmless(html(attack))
    expectHarmless(markdown.inline(attack))
  })

  test('no mixture of them does either, and none breaks the renderer', () => {
    const piece = fc.oneof(
      fc.constantFrom(...attacks),
      fc.string({ unit: 'binary' }),
      fc.constantFrom('\u0000', '\ud800', '\u202e', '::: ', '\n\n', '> ', '| ', '``` '),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), pieces => {
        expectHarmless(html(pieces.join('')))
      }),
      { numRuns: 300 },
    )
  })

  test('deep nesting is rendered in bounded depth', () => {
    expectHarmless(html(`${'> '.repeat(5_000)}deep`))
    expectHarmless(html(`${'<div>'.repeat(5_000)}deep`))
    expectHarmless(html(`${'['.repeat(5_000)}deep${'](x)'.repeat(5_000)}`))
  })
})

/** No script, handler, frame, style or script address in any tag. */
function expectHarmless(output: string): void {
  for (const [tag] of output.matchAll(/<[^>]*>/g)) {
    expect(tag).not.toMatch(
      /^<\/?(script|style|iframe|object|embed|svg|math|form|input|base|link|meta|noscript|template)\b/i,
    )
    const values = tag.replace(/="[^"]*"/g, '=""')
    expect(values).not.toMatch(/\son[a-z]+\s*=|\sstyle\s*=|\ssrcdoc\s*=/i)
    for (const [, address = ''] of tag.matchAll(/\s(?:href|src)="([^"]*)"/g)) {
      expect(address.replace(/[\p{Cc}\s]/gu, '')).not.toMatch(/^(javascript|data|vbscript):/i)
    }
  }
}
