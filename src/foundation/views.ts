import path from 'node:path'
import { Eta } from 'eta'
import { openFoundry, type Printed } from './plates.js'

/** The site as what stands around its pages is drawn of: another object once anything of it changed. */
interface Standing {
  identity: object
  markdown: object
}

/** @param folder where the views stand; what a view writes is escaped unless it says otherwise */
export function openViews(folder: string) {
  const eta = new Eta({ views: folder, cache: true, autoEscape: true, autoTrim: false, plugins: [lean] })

  // Eta looks for a view's file each time that it is included; all of ours are named from the folder of the views.
  const files = new Map<string, string>()
  eta.resolvePath = name => {
    const known =
      files.get(name) ?? path.join(path.resolve(folder), name.endsWith('.eta') ? name : `${name}.eta`)
    files.set(name, known)
    return known
  }

  const foundry = openFoundry()
  const drawn = new WeakMap<object, Map<string, string>>()

  /**
   * Draws a part that looks at nothing but the site and a choice of few, once for each state of the site.
   * @param choice what else the part depends on
   */
  const standing = (view: string, { identity, markdown }: Standing, choice = ''): string => {
    const parts = drawn.get(identity) ?? new Map<string, string>()
    drawn.set(identity, parts)
    const key = `${view} ${choice}`
    const part = parts.get(key) ?? eta.render(view, { identity, markdown, choice })
    parts.set(key, part)
    return part
  }

  return {
    /** draws a view by itself, as text */
    eta,

    /** A page as it goes out. To its models come what draws parts of it: `standing`, and `cast` for long passages. */
    print: (view: string, ...models: object[]): Printed =>
      foundry.print(cast => eta.render(view, Object.assign({ standing, cast }, ...models))),
  }
}

/**
 * Eta hands every part of a page the whole page's model down, copied, and makes each view functions that none of ours calls; together
 * half of what drawing a page takes. Here a part gets what it is given.
 */
const lean = {
  processFnString(text: string): string {
    if (!prelude.test(text) || !text.includes(copied))
      throw new Error('Eta writes views otherwise than expected.')
    return text
      .replace(prelude, leanPrelude)
      .replace(copied, 'Object.assign(it, { body: __eta.res }, __eta.layoutData)')
  },
}

const copied = '{...it, body: __eta.res, ...__eta.layoutData, __blocks: __eta.blocks}'
const prelude = /^\s*let include = [\s\S]*?\nasync function blockAsync.*\n/

const leanPrelude = `
const include = (view, model = {}) => this.render(view, model, options)
const __eta = { res: '', e: this.config.escapeFunction }
function layout(path, data) { __eta.layout = path; __eta.layoutData = data }
`
