/** What may be sent; the source's own script refuses what the server would, before anything is sealed. */
export const MOST_CHARACTERS = 50_000
export const MOST_FILES = 10
/** of all files together */
export const MOST_BYTES = 100 * 1_048_576
const MOST_CONTACT = 1_000

/** What is wrong with a form's text. */
export interface FieldProblem {
  status: number
  field: 'message' | 'contact' | 'send'
  text: string
}

const said = {
  empty: 'Write what you want to tell us, then send it again.',
  nothing: 'Write something or choose a file, then send it again.',
  tooLong: () =>
    `The message is longer than ${MOST_CHARACTERS.toLocaleString('en')} characters. Shorten it, or send the rest as a file.`,
  longContact: () => `This is longer than ${MOST_CONTACT.toLocaleString('en')} characters. Shorten it.`,
}

/** What is said of files over the limits. */
export const TOO_MUCH =
  'The files are larger than 100 MB together, or more than ten. Nothing was kept. Send them in several tips.'

/** What is said where somebody asks to erase a tip and has not ticked the box. */
export const UNCERTAIN = 'Tick the box to confirm that everything is to be erased.'

/** What is wrong with a message, if anything. @param filesSuffice files came, and may come without a text */
export function problemWith(
  { message, contact }: { message: string; contact: string },
  filesSuffice?: boolean,
): FieldProblem | undefined {
  if (!message.trim() && !filesSuffice) {
    return { status: 422, field: 'message', text: filesSuffice === undefined ? said.empty : said.nothing }
  }
  if (message.length > MOST_CHARACTERS) return { status: 413, field: 'message', text: said.tooLong() }
  if (contact.length > MOST_CONTACT) return { status: 422, field: 'contact', text: said.longContact() }
  return undefined
}
