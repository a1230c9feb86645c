import { element } from './element.js'

/** Words and minutes of a text, counted as src/foundation/markdown/markdown.ts counts them for readers. */
function readingTime(markdown: string): { words: number; minutes: number } {
  const text = plain(markdown)
  const words = text.match(/[\p{L}\p{N}]+(?:['’-][\p{L}\p{N}]+)*/gu)?.length ?? 0
  const spaceless = text.match(
    /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]/gu,
  )
  const minutes = spaceless ? spaceless.length / 500 : words / 230
  return { words, minutes: Math.max(1, Math.round(minutes)) }
}

// What readers do not see as words: addresses, names of pictures, opening lines of blocks, marks of footnotes.
function plain(markdown: string): string {
  return markdown
    .replace(/^\s*:::.*$/gm, '')
    .replace(/!\[([^\]]*)\]\([^)\n]*\)/g, '$1')
    .replace(/\]\([^)\n]*\)/g, ']')
    .replace(/\[\^[^\]\s]+\]:?/g, '')
}

/**
 * The line below the text that says how long it is, a moment after the last key.
 * @param field its name: a page may hold several editors
 */
export function counter(field: string, text: string) {
  const line = element('p', { class: 'help count', id: `${field}-count` })
  let timer: ReturnType<typeof setTimeout> | undefined
  const write = (text: string) => {
    const { words, minutes } = readingTime(text)
    line.textContent = `${words.toLocaleString('en')} ${words === 1 ? 'word' : 'words'} · ${minutes} min to read`
  }
  write(text)
  const show = (text: string) => {
    clearTimeout(timer)
    timer = setTimeout(() => write(text), 300)
  }
  return { line, show }
}
