/**
 * Breaks a text at its spaces so that no line is wider than `width`, unless a word alone is; scripts without spaces stay as
 * they are. Line breaks that are there stay.
 */
export function wrapped(text: string, width: number): string[] {
  return text
    .split('\n')
    .flatMap(line => broken(line.trim(), width))
    .filter((line, index, lines) => line || (index > 0 && index < lines.length - 1))
}

/** Lines of a heading, with a line below them that is as long as the longest. */
export function underlined(lines: string[], mark: '=' | '-'): string[] {
  const longest = lines.reduce((most, line) => Math.max(most, line.length), 0)
  return longest ? [...lines, mark.repeat(longest)] : []
}

function broken(line: string, width: number): string[] {
  const lines: string[] = []
  let current = ''
  // A no-break space holds two words together.
  for (const word of line.split(/[^\S\u00a0\u202f]+/)) {
    if (current && [...current].length + [...word].length >= width) {
      lines.push(current)
      current = word
    } else current = current ? `${current} ${word}` : word
  }
  return [...lines, current]
}
