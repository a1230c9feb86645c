/** A text as it may be shown: control characters, which could hide or rewrite what stands beside them, become visible. */
export function shownText(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]/gu, '\uFFFD')
}

/** The first line that says something, shortened. */
export function firstLine(text: string): string {
  const line = shownText(text)
    .split('\n')
    .map(one => one.trim())
    .find(Boolean)
  const letters = [...(line ?? '')]
  return letters.length > 160 ? `${letters.slice(0, 160).join('')}…` : letters.join('')
}

/** `1.2 MB`, as the page itself writes sizes */
export function shownSize(bytes: number): string {
  return bytes < 1_048_576 ? `${Math.ceil(bytes / 1024)} KB` : `${(bytes / 1_048_576).toFixed(1)} MB`
}

export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  { text, ...properties }: { text?: string; className?: string; dir?: string; type?: string } = {},
): HTMLElementTagNameMap[Name] {
  const made = Object.assign(document.createElement(name), properties)
  if (text !== undefined) made.textContent = text
  return made
}
