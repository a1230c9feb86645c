import type { ReaderLine } from '../../src/newsletter/readers/schema.js'
import type { Press } from './press.js'

/**
 * Puts readers on the list, quickly and by the way that an import takes: `reader000001@example.org` and on, active unless
 * said otherwise.
 * @param fields what is not plausible enough: the same for all, or by the reader's number, which begins at 1
 */
export async function addReaders(
  press: Pick<Press, 'newsletter'>,
  count: number,
  fields: Partial<ReaderLine> | ((number: number) => Partial<ReaderLine>) = {},
): Promise<void> {
  const step = 10_000
  for (let done = 0; done < count; done += step) {
    const lines = Array.from({ length: Math.min(step, count - done) }, (_, index) => {
      const number = done + index + 1
      return plausible(number, typeof fields === 'function' ? fields(number) : fields)
    })
    await press.newsletter.readers.takeIn(lines, {
      confirmed: true,
      revive: false,
      source: 'A test.',
      form: 'test',
    })
  }
}

function plausible(number: number, fields: Partial<ReaderLine>): ReaderLine {
  const email = fields.email ?? `reader${String(number).padStart(6, '0')}@example.org`
  return {
    ...{
      email,
      key: email.toLowerCase(),
      name: `Reader ${number}`,
      frequency: 'weekly',
      sections: [],
      source: '',
    },
    ...fields,
  }
}
