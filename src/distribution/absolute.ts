/** The same HTML away from its site: addresses that begin with the site's root are whole. @param origin without a slash at its end */
export function absolute(html: string, origin: string): string {
  return html.replace(/ (src|href)="\/(?!\/)/g, ` $1="${origin}/`)
}
