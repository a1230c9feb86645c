import type { Token } from 'markdown-it'

/** Tokens of a text as its top-level blocks: each an opening token, what it holds, and its end; or one by itself. */
export function groups(tokens: Token[]): Token[][] {
  const found: Token[][] = []
  let depth = 0
  let current: Token[] = []
  for (const token of tokens) {
    current.push(token)
    depth += token.nesting
    if (depth > 0) continue
    found.push(current)
    current = []
    depth = 0
  }
  return current.length ? [...found, current] : found
}
