/** A picture as an article's text names it: `![alt](name "Caption | Credit")`. */
export interface PictureMarkup {
  name: string
  alt: string
  caption: string
  credit: string
}

const markup =
  /^!\[((?:[^\]\\]|\\[\s\S])*)\]\(\s*(?:<([^<>\n]*)>|([^\s()]*))(?:\s+"((?:[^"\\]|\\[\s\S])*)")?\s*\)$/

/** Reads a picture's markup; null when it is written in a way that the form could not write back. */
export function readPicture(text: string): PictureMarkup | null {
  const [, alt = '', bracketed, bare = '', title = ''] = markup.exec(text) ?? []
  if (!markup.test(text)) return null
  const [caption = '', credit = ''] = unescaped(title)
    .split('|')
    .map(part => part.trim())
  return { name: unescaped(bracketed ?? bare), alt: unescaped(alt), caption, credit }
}

/** Writes a picture's markup. A bar divides caption from credit, so one inside the caption becomes a dash. */
export function writePicture({ name, alt, caption, credit }: PictureMarkup): string {
  const parts = [caption.replaceAll('|', '–'), credit.replaceAll('|', '–')].map(flat)
  const title = parts[1] ? parts.join(' | ').trim() : parts[0]
  const address = /[\s()<>]/.test(name) ? `<${name.replace(/[<>\\]/g, '\\$&')}>` : name
  return `![${escaped(flat(alt), /[\\[\]*_`<&!]/g)}](${address}${title ? ` "${escaped(title, /[\\"&<]/g)}"` : ''})`
}

const flat = (text: string) => text.replace(/\s+/g, ' ').trim()

function escaped(text: string, special: RegExp): string {
  return text.replace(special, '\\$&')
}

// CommonMark 2.4: only ASCII punctuation can be escaped.
function unescaped(text: string): string {
  return text.replace(/\\([!-/:-@[-`{-~])/g, '$1')
}
