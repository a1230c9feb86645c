import { Invalid } from './errors.js'

/**
 * Refuses a file whose name says that it is something else than what is taken, so that nothing lies here, or comes out again, under
 * a name that its bytes do not fit (ASVS 5.0, 5.2.2). A name without an ending says nothing.
 * @param ends what the name may end in, in lower case
 * @param what `a picture`
 * @throws Invalid with a sentence that says what to do
 */
export function refuseOtherEnds(filename: string, ends: string[], what: string): void {
  const [, end = ''] = /\.([a-z][a-z\d]{0,9})$/i.exec(filename.trim()) ?? []
  if (end === '' || ends.includes(end.toLowerCase())) return
  throw new Invalid(
    `By its name (.${end}) this is not ${what}. If it is one, let the name end in .${ends[0]} and send it again.`,
  )
}
