import type { World } from '../../src/app.js'
import { openPress, type Press } from './press.js'

type Submission = Parameters<Press['articles']['desk']['submit']>[0]

export interface Newsroom extends Press {
  /** Publishes an article; what is not said is plausible. Returns its slug. */
  publish(given?: Partial<Submission>): Promise<string>
}

/** A press with two sections, ready to publish. */
export async function openNewsroom(
  environment: Record<string, string> = {},
  world: World = {},
): Promise<Newsroom> {
  const press = await openPress(environment, world)
  await press.articles.desk.saveSections([
    { slug: 'security', name: 'Security', description: 'Locks and keys.' },
    { slug: 'press', name: 'The press', description: 'Ink and paper.' },
  ])
  let count = 0
  const publish = async (given: Partial<Submission> = {}) => {
    count += 1
    const submission: Submission = {
      title: `Story number ${count}`,
      dek: 'What happened, in one sentence.',
      slug: `story-${count}`,
      section: 'security',
      tags: ['ink'],
      authors: ['staff'],
      status: 'published',
      published: new Date(Date.UTC(2020, 10, 1) + count * 86_400_000).toISOString(),
      quickNote: true,
      formerSlugs: [],
      corrections: [],
      body: 'The first paragraph.\n\nThe second paragraph.\n',
      ...given,
    }
    await press.articles.desk.submit(submission)
    return submission.slug
  }
  return { ...press, publish }
}

/** The text of an HTTP answer's JSON-LD block, parsed. */
export function structuredData(html: string): Record<string, unknown> {
  const [, json = '{}'] = /<script type="application\/ld\+json">([\s\S]*?)<\/script>/.exec(html) ?? []
  return JSON.parse(json)
}
