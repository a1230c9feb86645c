import { readFileSync } from 'node:fs'
import path from 'node:path'
import { programFolder } from '../config.js'

/** Renders a view as it stands, without a layout of pages. */
export type Render = (view: string, model: object) => Promise<string>

export interface Composed {
  html: string
  text: string
}

/**
 * Renders a mail from two views, `<view>` for HTML and `<view>-text` for plain text, with the styles written into
 * the tags, where every mail program honours them; at-rules, which dark mode needs, stay in a style block.
 */
export function composer(render: Render): (view: string, model: object) => Promise<Composed> {
  const css = readFileSync(path.join(programFolder, 'views/mail/mail.css'), 'utf8')
  return async (view, model) => {
    const { inline } = await import('@css-inline/css-inline')
    return {
      html: inline(await render(view, { ...model, css }), {
        loadRemoteStylesheets: false,
        keepAtRules: true,
      }),
      text: tidy(await render(`${view}-text`, model)),
    }
  }
}

function tidy(text: string): string {
  return `${text.replace(/\n{3,}/g, '\n\n').trim()}\n`
}
