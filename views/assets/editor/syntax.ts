import { markdownLanguage } from '@codemirror/lang-markdown'
import { Language, type syntaxTree } from '@codemirror/language'
import type { BlockContext, Line, MarkdownConfig, MarkdownParser } from '@lezer/markdown'

type Tree = ReturnType<typeof syntaxTree>

/** A node of the tree that a text is read as. */
export type SyntaxNode = ReturnType<Tree['resolve']>
/** The same, as it comes by when the tree is walked. */
export type SyntaxNodeRef = Parameters<Parameters<Tree['iterate']>[0]['enter']>[0]

const opening = /^(:{3,})\s*(report|note|pullquote)(?=\s|$)/
const closing = /^(:{3,})\s*$/

/** `::: report`, `::: note` and `::: pullquote`, as src/foundation/markdown/blocks.ts reads them. */
const containers: MarkdownConfig = {
  defineNodes: [
    { name: 'Container', block: true, composite: (_context, line, colons) => !closes(line, colons) },
    { name: 'ContainerMark', block: true },
  ],
  parseBlock: [
    {
      name: 'Container',
      before: 'FencedCode',
      parse: (context, line) => openContainer(context, line) || closeContainer(context, line),
      endLeaf: (context, line) => opening.test(rest(line)) || (closing.test(rest(line)) && isInside(context)),
    },
  ],
}

/** `[^label]` and its `[^label]: note`. */
const footnotes: MarkdownConfig = {
  defineNodes: [
    { name: 'FootnoteReference' },
    {
      name: 'FootnoteDefinition',
      block: true,
      composite: (_context, line) => {
        if (line.next < 0) return true
        if (line.indent < line.baseIndent + 4) return false
        line.moveBaseColumn(line.baseIndent + 4)
        return true
      },
    },
    { name: 'FootnoteMark' },
  ],
  parseBlock: [
    {
      name: 'FootnoteDefinition',
      before: 'LinkReference',
      parse: (context, line) => {
        const mark = /^\[\^[^\]\s]+\]:/.exec(rest(line))?.[0]
        if (!mark) return false
        const from = context.lineStart + line.pos
        context.startComposite('FootnoteDefinition', line.pos)
        context.addElement(context.elt('FootnoteMark', from, from + mark.length))
        line.moveBase(line.pos + mark.length)
        return null
      },
      endLeaf: (_context, line) => /^\[\^[^\]\s]+\]:/.test(rest(line)),
    },
  ],
  parseInline: [
    {
      name: 'FootnoteReference',
      before: 'Link',
      parse: (context, next, position) => {
        if (next !== 91 || context.char(position + 1) !== 94) return -1
        const label = /^\[\^[^\]\s]+\]/.exec(context.slice(position, context.end))?.[0]
        if (!label) return -1
        return context.addElement(context.elt('FootnoteReference', position, position + label.length))
      },
    },
  ],
}

/** The Markdown that articles are written in; what readers' pages do not know is left out here as well. */
export const articleLanguage = new Language(
  markdownLanguage.data,
  (markdownLanguage.parser as MarkdownParser).configure([
    { remove: ['Subscript', 'Superscript', 'Emoji', 'TaskList', 'Autolink'] },
    containers,
    footnotes,
  ]),
  [],
  'markdown',
)

const rest = (line: Line) => line.text.slice(line.pos)

function closes(line: Line, colons: number): boolean {
  return (closing.exec(rest(line))?.[1]?.length ?? 0) >= colons
}

function isInside(context: BlockContext): boolean {
  for (let depth = context.depth - 1; depth > 0; depth--)
    if (context.parentType(depth).name === 'Container') return true
  return false
}

function openContainer(context: BlockContext, line: Line): boolean {
  const colons = opening.exec(rest(line))?.[1]
  if (!colons) return false
  const from = context.lineStart + line.pos
  context.startComposite('Container', line.pos, colons.length)
  context.addElement(context.elt('ContainerMark', from, context.lineStart + line.text.length))
  context.nextLine()
  return true
}

function closeContainer(context: BlockContext, line: Line): boolean {
  if (!closing.test(rest(line))) return false
  const from = context.lineStart + line.pos
  context.addElement(context.elt('ContainerMark', from, context.lineStart + line.text.length))
  context.nextLine()
  return true
}
