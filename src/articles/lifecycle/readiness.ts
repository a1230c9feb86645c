import type { DeskArticle } from '../desk/manuscripts.repository.js'
import type { Manuscript } from '../desk/schema.js'

/** What publishing lacks: a message for each field, by the field's name on the edit page. */
export function lacks({ title, body }: Manuscript): Record<string, string> {
  return {
    ...(title.trim() ? {} : { title: 'Readers need a title. Write one.' }),
    ...(body.trim() ? {} : { body: 'There is no text yet. Write some.' }),
  }
}

/** What does not forbid publishing, but must have been seen by whoever does it. */
export interface Doubt {
  name: 'embargo' | 'alt'
  text: string
}

export function doubts({ embargo }: Pick<DeskArticle, 'embargo'>, { hero, body }: Manuscript): Doubt[] {
  const found: Doubt[] = []
  if (embargo) found.push({ name: 'embargo', text: `Embargo: ${embargo}` })
  if (hero && !hero.alt.trim())
    found.push({
      name: 'alt',
      text: 'The picture at the top has no description for those who do not see it.',
    })
  const bare = body.match(/!\[\s*\]\(/g)?.length ?? 0
  if (bare)
    found.push({
      name: 'alt',
      text: `${bare === 1 ? 'One picture' : `${bare} pictures`} in the text ${bare === 1 ? 'has' : 'have'} no description for those who do not see ${bare === 1 ? 'it' : 'them'}.`,
    })
  return found
}
