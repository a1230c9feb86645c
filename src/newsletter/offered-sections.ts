/** A section of the paper, as readers choose among them. */
export interface OfferedSection {
  id: string
  slug: string
  name: string
}

/** The sections that the paper has; a choice among one is none. */
export type OfferedSections = () => Promise<OfferedSection[]>

export const unknownSection =
  'One of these sections does not exist any more. Look through them and send the form again.'

/** The ids of sections that a form names; undefined when the paper lacks one of them. */
export function chosenAmong(offered: OfferedSection[], slugs: string[]): string[] | undefined {
  const ids = new Map(offered.map(({ id, slug }) => [slug, id]))
  const chosen = slugs.map(slug => ids.get(slug))
  return chosen.every(id => id !== undefined) ? chosen : undefined
}
