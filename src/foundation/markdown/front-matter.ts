import { parse } from 'yaml'
import { Invalid } from '../errors.js'

/**
 * Splits a Markdown file into its front matter and its body.
 * @throws Invalid when there is no front matter or it is no YAML mapping
 */
export function splitFrontMatter(text: string): { front: Record<string, unknown>; body: string } {
  const match = /^---\r?\n([\s\S]*?)\r?\n---[ \t]*(?:\r?\n|$)([\s\S]*)$/.exec(text.replace(/^\uFEFF/, ''))
  if (!match) throw new Invalid('The file has no front matter: it begins with a line of three hyphens.')
  const [, yaml = '', body = ''] = match
  const front: unknown = parseYaml(yaml)
  if (typeof front !== 'object' || front === null || Array.isArray(front)) {
    throw new Invalid('The front matter must be a list of names and values.')
  }
  return { front: front as Record<string, unknown>, body }
}

function parseYaml(yaml: string): unknown {
  try {
    return parse(yaml, { maxAliasCount: 50 })
  } catch (error) {
    throw new Invalid(`The front matter is no valid YAML: ${(error as Error).message.split('\n', 1)[0]}`)
  }
}
