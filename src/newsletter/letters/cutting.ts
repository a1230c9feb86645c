/** What an article takes of a letter, in bytes: each of its blocks, and the line that says where the rest is. */
export interface Extent {
  blocks: number[]
  rest: number
}

/**
 * How many blocks of each article fit. The article that has the least so far gets the next one, so that a long one is cut
 * before a short one is.
 * @param room bytes for all of them together
 * @returns the number of blocks that each keeps
 */
export function fairShares(articles: Extent[], room: number): number[] {
  // Each counts as cut until it turns out to be whole.
  let left = room - sum(articles.map(({ blocks, rest }) => (blocks.length ? rest : 0)))
  const shares = articles.map(({ blocks, rest }) => ({ blocks, rest, kept: 0, used: 0 }))
  let growing = shares.filter(({ blocks }) => blocks.length > 0)
  while (growing.length) {
    const least = growing.reduce((a, b) => (b.used < a.used ? b : a))
    const { blocks, kept, rest } = least
    const next = blocks[kept] ?? 0
    const whole = kept + 1 === blocks.length
    const fits = next <= left + (whole ? rest : 0)
    if (fits) {
      left += (whole ? rest : 0) - next
      least.kept += 1
      least.used += next
    }
    if (whole || !fits) growing = growing.filter(share => share !== least)
  }
  return shares.map(({ kept }) => kept)
}

export function sum(numbers: number[]): number {
  return numbers.reduce((total, each) => total + each, 0)
}
