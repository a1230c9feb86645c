import { fairShares, sum } from './cutting.js'

interface Piece {
  kind: string
  index: number
  html: string
}

/**
 * Cuts a finished letter's articles so that it takes no more bytes than a mail program shows. The letter holds comments before
 * each block of an article (`<!--own block 0-->`), before the line that leads to its rest, and behind that; none is left in it.
 * @param own the word that makes these comments the letter's own
 * @returns the HTML, and how many blocks of each article it holds
 */
export function cutToSize(
  html: string,
  own: string,
  articles: number,
  mostBytes: number,
): { html: string; kept: number[] } {
  const pieces = piecesOf(html, own)
  const of = (index: number, kind: string) =>
    pieces.filter(piece => piece.index === index && piece.kind === kind)
  const extents = Array.from({ length: articles }, (_, index) => ({
    blocks: of(index, 'block').map(bytes),
    rest: sum(of(index, 'rest').map(bytes)),
  }))
  const around = sum(pieces.filter(({ kind }) => kind === 'end').map(bytes))
  const kept = fairShares(extents, mostBytes - around).map((count, index) =>
    withoutLastHeading(of(index, 'block'), count),
  )
  const isCut = (index: number) => (kept[index] ?? 0) < (extents[index]?.blocks.length ?? 0)
  const seen = kept.map(() => 0)
  const written = pieces.map(({ kind, index, html }) => {
    if (kind === 'rest') return isCut(index) ? html : ''
    if (kind !== 'block') return html
    seen[index] = (seen[index] ?? 0) + 1
    if ((seen[index] ?? 0) > (kept[index] ?? 0)) return ''
    // The notes are what is cut first.
    return isCut(index) ? html.replace(/<sup class="footnote-ref"[^>]*>[^<]*<\/sup>/g, '') : html
  })
  return { html: written.join(''), kept }
}

const bytes = ({ html }: Piece): number => Buffer.byteLength(html)

function piecesOf(html: string, own: string): Piece[] {
  const parts = html.split(new RegExp(`<!--${own} (block|rest|end) (\\d+)-->`))
  const pieces: Piece[] = [{ kind: 'end', index: -1, html: parts[0] ?? '' }]
  for (let at = 1; at < parts.length; at += 3)
    pieces.push({ kind: parts[at] ?? '', index: Number(parts[at + 1]), html: parts[at + 2] ?? '' })
  return pieces
}

/** A heading whose text is cut would promise what does not come. */
function withoutLastHeading(blocks: Piece[], count: number): number {
  if (count === blocks.length) return count
  let kept = count
  while (kept > 0 && /^\s*<h[1-6]/.test(blocks[kept - 1]?.html ?? '')) kept -= 1
  return kept
}
