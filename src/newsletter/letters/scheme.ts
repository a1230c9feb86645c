const dark = '@media (prefers-color-scheme: dark)'

/** A letter as a program in light or dark mode shows it, whatever mode the desk's browser is in; its links open new windows. */
export function inScheme(html: string, scheme: 'light' | 'dark'): string {
  return html
    .replaceAll(dark, scheme === 'dark' ? '@media all' : '@media not all')
    .replace(
      '<meta name="color-scheme" content="light dark">',
      `<meta name="color-scheme" content="${scheme}">`,
    )
    .replace('<title>', '<base target="_blank"><title>')
}
